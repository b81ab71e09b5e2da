namespace Mesh.Injector.Settings;

/// <summary>What happens to pods whose traffic is to be redirected in a namespace whose pod security standard forbids NET_ADMIN.</summary>
internal enum NetAdminForbidden
{
    /// <summary>They are refused, with the remedy: who opened the namespace to policies should not lose them in silence.</summary>
    Refuse,

    /// <summary>They get <see cref="InterceptionMode.None"/> and a warning.</summary>
    None,
}
