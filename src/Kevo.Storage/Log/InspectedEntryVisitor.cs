namespace Kevo.Storage.Log;

/// <summary>Takes one entry of a dump; returns false to end the dump.</summary>
public delegate bool InspectedEntryVisitor(in InspectedEntry entry);
