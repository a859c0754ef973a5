namespace Kevo.Repository.Tests;

/// <summary>The reader of the rules sees code and nothing else, so that a rule can neither miss nor invent.</summary>
public sealed class SourceFileTests
{
    [Theory]
    [InlineData("a(\"Thread.Sleep\"); b", "Thread")]
    [InlineData("// Thread.Sleep\nb", "Thread")]
    [InlineData("/* Thread\n.Sleep */ b", "Thread")]
    [InlineData("x = $\"{Call(\"}\")} Thread\"; b", "Thread")]
    [InlineData("x = \"\"\" a \"quoted\" Thread \"\"\"; b", "Thread")]
    [InlineData("x = $$\"\"\" {a} {{b(\"Thread\")}} \"\"\"; b", "Thread")]
    [InlineData("x = @\"a\"\"Thread\"\"\"; b", "Thread")]
    [InlineData("x = '\"'; y = \"Thread\"; b", "Thread")]
    public void Texts_and_comments_are_blanked(string text, string hidden)
    {
        string code = SourceFile.FromText("a.cs", text).Code;
        Assert.DoesNotContain(hidden, code, StringComparison.Ordinal);
        Assert.EndsWith("b", code, StringComparison.Ordinal);
        Assert.Equal(text.Length, code.Length);
    }

    [Fact]
    public void Types_members_and_namespace_are_found()
    {
        SourceFile file = SourceFile.FromText("src/Room/Outer.cs", """
            using System;

            namespace Room.Folder;

            /// <summary>Holds { and class Text.</summary>
            public sealed class Outer<T>(int number) : Base, IOther
                where T : class
            {
                private static readonly int[] Numbers = [1, 2];

                public int Property { get; init; } = 3;

                public enum Inner { A, B }

                public int Short() => Numbers.Select(one => { return one; }).Sum();

                public void Long()
                {
                    if (true)
                    {
                    }
                }
            }

            file sealed class Hidden;

            public delegate int Callback(int value);
            """);
        var structure = new CodeStructure(file);
        Assert.Equal("Room.Folder", structure.Namespace);
        Assert.Equal(["Outer", "Callback"], structure.Types);
        CodeMember longest = structure.Members.MaxBy(member => member.Length)!;
        Assert.Equal("public void Long()", longest.Header);
        Assert.Equal(6, longest.Length);
        Assert.Contains(structure.Members, member => member.Header == "public int Short()");
    }
}
