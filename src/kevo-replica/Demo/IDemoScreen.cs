namespace Kevo.Replica.Demo;

/// <summary>Where the tour tells what happens.</summary>
internal interface IDemoScreen
{
    /// <summary>Says one thing that happened.</summary>
    void Tell(string line);

    /// <summary>Shows how far both sides are.</summary>
    void Show(DemoFigures figures);
}
