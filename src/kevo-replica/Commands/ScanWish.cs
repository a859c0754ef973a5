using Kevo.Core;
using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;

namespace Kevo.Replica.Commands;

/// <summary>Which keys a scan wants.</summary>
/// <param name="Prefix">What they begin with; empty for any.</param>
/// <param name="Suffix">What they end with; empty for any.</param>
/// <param name="Start">The first one; empty for the first there is.</param>
/// <param name="End">The one behind the last; empty for none.</param>
/// <param name="Limit">How many; 0 for all.</param>
internal sealed record ScanWish(byte[] Prefix, byte[] Suffix, byte[] Start, byte[] End, long Limit)
{
    /// <summary>Reads the flags.</summary>
    /// <exception cref="ConfigurationException">They cannot be read, or contradict each other.</exception>
    public static ScanWish From(EffectiveSettings settings)
    {
        var wish = new ScanWish(
            Bytes(settings, RequestSettings.Prefix), Bytes(settings, RequestSettings.Suffix),
            Bytes(settings, RequestSettings.Start), Bytes(settings, RequestSettings.End),
            settings.Get(RequestSettings.Limit));
        bool pattern = wish.Prefix.Length + wish.Suffix.Length > 0;
        if (pattern && wish.Start.Length + wish.End.Length > 0)
        {
            throw new ConfigurationException(
                "--prefix and --suffix cannot be combined with --start and --end: Kevo's scan takes either a pattern "
                + "or a range.");
        }

        return wish;
    }

    private static byte[] Bytes(EffectiveSettings settings, TypedSetting<string> setting) =>
        ByteInput.Read(settings.Get(setting), settings.Get(RequestSettings.Hex), setting.Flag);
}
