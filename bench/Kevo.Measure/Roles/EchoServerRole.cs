using System.Globalization;
using System.Net;
using Google.Protobuf;
using Kevo.Measure.Limits;
using Kevo.Wire.Contracts.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kevo.Measure.Roles;

/// <summary>
/// A bare gRPC server on the same stack as ours; says <c>port N</c> and serves until its input ends. While a store in
/// the same process ingests it then says <c>entries_per_second</c>: that is what a server which finds its answers for
/// nothing makes of what ingesting leaves of the processors.
/// </summary>
public static class EchoServerRole
{
    /// <summary>
    /// Arguments: value size in bytes; to ingest meanwhile also a directory, the number of keys and <c>ingesting</c>.
    /// </summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        int valueSize = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        using BusyStore? busy = arguments is [.., "ingesting"]
            ? BusyStore.Create(
                arguments[1], long.Parse(arguments[2], CultureInfo.InvariantCulture), valueSize, 256L << 20)
            : null;
        byte[] value = StoreFill.NewValue(valueSize);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new EchoService(
            new GetResponse { Value = UnsafeByteOperations.UnsafeWrap(value), Found = true }));
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using WebApplication application = builder.Build();
        application.MapGrpcService<EchoService>();
        await application.StartAsync();
        string address = application.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.First();
        RoleOutput.Say("port", new Uri(address).Port.ToString(CultureInfo.InvariantCulture));
        busy?.Start();
        await RoleInput.ReadLineAsync();
        if (busy is not null)
        {
            RoleOutput.Say("entries_per_second", await busy.StopAsync());
        }

        await application.StopAsync();
        return 0;
    }
}
