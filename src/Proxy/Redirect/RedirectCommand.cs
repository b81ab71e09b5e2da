using System.Net.Sockets;

namespace Mesh.Proxy.Redirect;

/// <summary><c>proxy redirect apply|remove|print</c>: brings the rules of the kernel to what <see cref="RedirectRules"/> says. Applying twice changes nothing.</summary>
internal static class RedirectCommand
{
    private const int Failed = 1;
    private const int UsageError = 2;

    private static readonly AddressFamily[] Both = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <param name="arguments">Behind <c>proxy redirect</c>.</param>
    /// <returns>0, 1 where the kernel refused, 2 for bad usage.</returns>
    public static int Run(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error
    )
    {
        var verb = arguments.Count > 0 ? arguments[0] : "";
        if (verb is not ("apply" or "remove" or "print" or "--help" or "-h"))
        {
            error.WriteLine($"'{verb}' is none of apply, remove, print; see proxy redirect --help.");
            return UsageError;
        }

        var rest = arguments.Skip(verb is "--help" or "-h" ? 0 : 1).ToList();
        if (RedirectOptionSet.Read(rest, environment, output, error, out var exitCode) is not { } options)
        {
            return exitCode;
        }

        try
        {
            if (verb == "print")
            {
                foreach (var family in Both)
                {
                    Print(family, RedirectRules.Apply(options, family, ""), output);
                    Print(RedirectRouting.Apply(options, family), output);
                }

                return 0;
            }

            // Everything that can be missing is asked for before anything is changed.
            var kernels = RedirectKernel.Open(error);
            if (verb == "apply")
            {
                Apply(kernels, options, output);
                return 0;
            }

            foreach (var kernel in kernels)
            {
                Restore(kernel, RedirectRules.Remove(kernel.Rules), output);
                kernel.Unroute();
                kernel.Unaddress();
            }

            return 0;
        }
        catch (IOException problem)
        {
            error.WriteLine(problem.Message);
            return Failed;
        }
    }

    // All or nothing: of a host that is captured by halves nobody could say what is encrypted.
    private static void Apply(IReadOnlyList<RedirectKernel> kernels, RedirectOptions options, TextWriter output)
    {
        var touched = new Stack<RedirectKernel>();
        try
        {
            foreach (var kernel in kernels)
            {
                touched.Push(kernel);
                Restore(kernel, RedirectRules.Apply(options, kernel.Family, kernel.Rules), output);
                Route(kernel, options);
                Print(RedirectRouting.Apply(options, kernel.Family), output);
            }
        }
        catch (IOException problem)
        {
            var stays = touched.Select(kernel => kernel.TakeBack()).OfType<string>().ToList();
            throw new IOException(
                $"{problem.Message} {(stays.Count == 0 ? "Everything is as it was before." : $"It could not be taken back either: {string.Join(' ', stays)}")}",
                problem
            );
        }
    }

    private static void Route(RedirectKernel kernel, RedirectOptions options)
    {
        if (!options.Transparent)
        {
            kernel.Unroute();
        }

        foreach (var command in RedirectRouting.Apply(options, kernel.Family))
        {
            // Of two rules that say the same, both would stay.
            if (!(command[1] == "rule" && kernel.IsRouted))
            {
                kernel.Ip(command);
            }
        }
    }

    private static void Restore(RedirectKernel kernel, string rules, TextWriter output)
    {
        if (rules.Length > 0)
        {
            kernel.Restore(rules);
            Print(kernel.Family, rules, output);
        }
    }

    private static void Print(AddressFamily family, string rules, TextWriter output) =>
        output.Write($"# {(family == AddressFamily.InterNetwork ? "iptables" : "ip6tables")}-restore --noflush\n{rules}");

    private static void Print(IEnumerable<string[]> commands, TextWriter output)
    {
        foreach (var command in commands)
        {
            output.Write($"# ip {string.Join(' ', command)}\n");
        }
    }
}
