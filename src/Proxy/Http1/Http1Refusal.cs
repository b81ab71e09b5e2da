using System.Globalization;

namespace Mesh.Proxy.Http1;

/// <summary>Why a message was refused: the broken rule, the side it came from and, where the rule is a limit, its value.</summary>
/// <param name="Limit">The value of the limit that was exceeded; 0 for other rules.</param>
/// <param name="IsResponse">The upstream broke it; the client then gets 502, whatever the rule.</param>
internal readonly record struct Http1Refusal(Http1Rule Rule, bool IsResponse, int Limit)
{
    /// <summary>What the client is answered; its connection is closed after it.</summary>
    public int Status =>
        IsResponse
            ? 502
            : Rule switch
            {
                Http1Rule.StartLineTooLong => 414, // RFC 9112 section 3
                Http1Rule.HeadTooLong or Http1Rule.TooManyHeaders or Http1Rule.TrailersTooLong or Http1Rule.TooManyTrailers => 431,
                Http1Rule.Version => 505,
                Http1Rule.TransferCoding => 501, // RFC 9112 section 6.1
                _ => 400,
            };

    /// <summary>One sentence for the log and the answer's body; names the limit and its value where one was exceeded.</summary>
    public string Sentence =>
        Rule switch
        {
            Http1Rule.None => "",
            Http1Rule.StartLineTooLong => Exceeds("The first line has more bytes than", nameof(Http1Limits.StartLineBytes)),
            Http1Rule.HeadTooLong => Exceeds("The head has more bytes than", nameof(Http1Limits.HeadBytes)),
            Http1Rule.TooManyHeaders => Exceeds("There are more header lines than", nameof(Http1Limits.HeaderCount)),
            Http1Rule.ChunkLineTooLong => Exceeds("A chunk-size line has more bytes than", nameof(Http1Limits.ChunkLineBytes)),
            Http1Rule.TrailersTooLong => Exceeds("The trailers have more bytes than", nameof(Http1Limits.TrailerBytes)),
            Http1Rule.TooManyTrailers => Exceeds("There are more trailer lines than", nameof(Http1Limits.TrailerCount)),
            Http1Rule.BareLineFeed => "A line ends with LF alone; every line must end with CRLF.",
            Http1Rule.BareCarriageReturn => "A CR is not followed by LF.",
            Http1Rule.ControlByte => "A line has a control byte.",
            Http1Rule.EmptyStartLine => "The first line is empty.",
            Http1Rule.ObsoleteFold => "A header line begins with white space; folded lines are not allowed.",
            Http1Rule.MissingColon => "A header line has no colon.",
            Http1Rule.SpaceBeforeColon => "White space stands between a header's name and its colon.",
            Http1Rule.HeaderName => "A header's name is empty or has a byte that names cannot have.",
            Http1Rule.Method => "The method is empty or has a byte that methods cannot have.",
            Http1Rule.RequestLine => "The request line is not a method, a target and a version with one space between them.",
            Http1Rule.MissingVersion => "The request line has no version.",
            Http1Rule.Version => "The version is neither HTTP/1.0 nor HTTP/1.1.",
            Http1Rule.Target => "The request target is empty or has a byte that targets cannot have.",
            Http1Rule.Fragment => "The request target has a fragment.",
            Http1Rule.TargetForm => "The request target has none of the forms that its method allows.",
            Http1Rule.StatusLine => "The status line is not a version, a status and a reason with one space between them.",
            Http1Rule.StatusCode => "The status is not a number from 100 to 999.",
            Http1Rule.HostMissing => "An HTTP/1.1 request must have a Host header.",
            Http1Rule.HostRepeated => "There is more than one Host header.",
            Http1Rule.Host => "The host is empty or is not a host name or address with an optional port.",
            Http1Rule.HostMismatch => "The Host header and the target of CONNECT name different hosts.",
            Http1Rule.ContentLength => "Content-Length is not one decimal number.",
            Http1Rule.ContentLengthRepeated => "There is more than one Content-Length header.",
            Http1Rule.TransferEncoding => "Transfer-Encoding does not end with chunked, or names it twice.",
            Http1Rule.TransferEncodingRepeated => "There is more than one Transfer-Encoding header.",
            Http1Rule.TransferEncodingInHttp10 => "HTTP/1.0 has no Transfer-Encoding.",
            Http1Rule.TransferCoding => "No transfer coding but chunked is supported.",
            Http1Rule.LengthAndTransferEncoding => "There are both Content-Length and Transfer-Encoding.",
            Http1Rule.BodyNotAllowed => "The headers announce a body where there can be none.",
            Http1Rule.ChunkSize => "A chunk size is not a hexadecimal number of at most 15 digits.",
            Http1Rule.ChunkEnd => "A chunk's data is not followed by CRLF.",
            _ => "A trailer names the host or frames the message.",
        };

    private string Exceeds(string subject, string setting) =>
        string.Create(CultureInfo.InvariantCulture, $"{subject} Http1Limits.{setting} allows ({Limit}).");
}
