using System.Globalization;

namespace Mesh.Listening;

/// <summary>
/// How many files and sockets this process may have open, and how many of them are kept from clients' traffic: the control plane, operators, logs and
/// probes need some while traffic has used up its own.
/// </summary>
/// <param name="Most">RLIMIT_NOFILE as it is in force; .NET raises the soft limit to the hard one when it starts.</param>
internal sealed record DescriptorLimit(int Most)
{
    private const string Field = "Max open files";

    // What a program of ours has open when nobody is connected: files of the runtime, listeners, what it talks to.
    private const int Own = 160;

    public static DescriptorLimit None { get; } = new(int.MaxValue);

    /// <summary>This process's.</summary>
    public static DescriptorLimit OfProcess { get; } = OperatingSystem.IsLinux() ? Read("/proc/self/limits") : None;

    /// <summary>Never for traffic: a quarter, 512 at most.</summary>
    public int Reserve => Math.Min(Most / 4, 512);

    /// <summary>Connections for which there is always a descriptor where each needs so many.</summary>
    public int ConnectionsOf(int descriptors) => Math.Max(1, (Most - Reserve - Own) / descriptors);

    /// <summary>Connections of a port whose clients ask short questions; four such ports fit into the reserve.</summary>
    public int ShortConnections => Math.Clamp(Reserve / 4, 4, 128);

    /// <summary>The system gives out the lowest number that is free: one that high means that all below are in use.</summary>
    public bool IsReserved(nint descriptor) => descriptor >= Most - Reserve;

    /// <param name="file">In the form of /proc/self/limits; without limit where it cannot be read.</param>
    public static DescriptorLimit Read(string file)
    {
        try
        {
            var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
            var soft = line?[Field.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? new(most) : None;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return None;
        }
    }
}
