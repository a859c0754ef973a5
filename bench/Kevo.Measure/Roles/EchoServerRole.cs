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

/// <summary>A bare gRPC server on the same stack as ours; says <c>port N</c> and serves until its input ends.</summary>
public static class EchoServerRole
{
    /// <summary>Arguments: value size in bytes.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        int valueSize = int.Parse(arguments[0], CultureInfo.InvariantCulture);
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
        await Console.In.ReadLineAsync();
        await application.StopAsync();
        return 0;
    }
}
