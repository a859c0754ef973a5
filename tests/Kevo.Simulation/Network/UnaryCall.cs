using Grpc.Core;
using Kevo.Simulation.Engine;

namespace Kevo.Simulation.Network;

/// <summary>One question and one answer, on lanes of their own: calls overtake each other and the stream.</summary>
internal static class UnaryCall
{
    /// <summary>
    /// Asks, in the client; <paramref name="serve"/> runs in the server and returns false when it never answers.
    /// </summary>
    public static async Task<T> AskAsync<T>(
        Connection connection, Func<(bool Answered, T Value)> serve, CancellationToken cancellationToken)
    {
        if (connection.IsOver)
        {
            throw Connection.Unavailable("the connection is closed");
        }

        World world = connection.Link.World;
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = new Lane(connection, connection.Server);
        var response = new Lane(connection, connection.Client);
        LinkQuality quality = connection.Link.Quality;
        bool answerLost = world.Random.NextDouble() < quality.LostAnswerRate;
        int times = world.Random.NextDouble() < quality.DuplicateRate ? 2 : 1;
        world.Faults.CallsDuplicated += times - 1;
        world.Faults.AnswersLost += answerLost ? 1 : 0;
        connection.OnClientBreak(error => answer.TrySetException(error));
        for (int i = 0; i < times; i++)
        {
            request.Send(() => Serve(serve, answerLost, answer, response));
        }

        await using (cancellationToken.Register(() => answer.TrySetException(
            new RpcException(new Status(StatusCode.Cancelled, "Call canceled by the client.")))))
        {
            return await answer.Task;
        }
    }

    private static void Serve<T>(
        Func<(bool Answered, T Value)> serve, bool answerLost, TaskCompletionSource<T> answer, Lane response)
    {
        try
        {
            (bool answered, T value) = serve();
            if (answerLost)
            {
                response.Send(() => answer.TrySetException(Connection.Unavailable("the answer was lost")));
            }
            else if (answered)
            {
                response.Send(() => answer.TrySetResult(value));
            }
        }
        catch (RpcException error)
        {
            response.Send(() => answer.TrySetException(error));
        }
    }
}
