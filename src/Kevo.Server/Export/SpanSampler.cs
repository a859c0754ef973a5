using Kevo.Core.Tracing;
using OpenTelemetry.Trace;

namespace Kevo.Server.Export;

/// <summary>
/// Keeps every rare span, and of those that come with every batch or call a share, chosen by the trace's id. Children
/// go with their parents; that is the business of the sampler around this one.
/// </summary>
internal sealed class SpanSampler(double ratio) : Sampler
{
    private readonly TraceIdRatioBasedSampler _frequent = new(ratio);

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        SpanTable.IsFrequent(samplingParameters.Name)
            ? _frequent.ShouldSample(in samplingParameters)
            : new SamplingResult(SamplingDecision.RecordAndSample);
}
