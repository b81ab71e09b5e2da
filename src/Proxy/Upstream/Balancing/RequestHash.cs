namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>What a request is kept to one endpoint by; the default is "nothing in it to go by", and such requests are spread at random.</summary>
internal readonly record struct RequestHash
{
    public RequestHash(ulong value)
    {
        HasValue = true;
        Value = value;
    }

    public bool HasValue { get; }

    public ulong Value { get; }

    /// <summary>Several policies make one hash, in their order (Envoy, HashPolicyImpl: rotate by one, then exclusive or).</summary>
    public RequestHash With(ulong next) => new(HasValue ? ulong.RotateLeft(Value, 1) ^ next : next);
}
