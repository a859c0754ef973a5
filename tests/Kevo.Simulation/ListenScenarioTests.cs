using Kevo.Replication.Bootstrap;
using Kevo.Simulation.Runs;

namespace Kevo.Simulation;

/// <summary>
/// What a stock primary shows that is not what it seems: each situation made on purpose, with the simulated primary and
/// all it was seen to do.
/// </summary>
public sealed class ListenScenarioTests
{
    [Theory]
    [InlineData(RotationRule.Snapshot)]
    [InlineData(RotationRule.Wait)]
    public void A_primary_that_rotates_before_its_first_write_is_followed_when_its_content_was_equal(
        RotationRule rule)
    {
        var world = new ListenScenario(onRotation: rule);
        world.Put("a", "1");
        world.Restart();
        world.Rotate();
        world.Pass(30);
        Assert.Equal(PrimaryCondition.Live, world.Condition);
        world.Put("a", "2");
        world.Pass(60);
        Assert.Equal(PrimaryCondition.Rotated, world.Condition);
        Assert.Equal(rule == RotationRule.Snapshot ? "a=2" : "a=1", world.Held);
        world.Put("b", "1");
        world.Pass(60);
        Assert.Equal(rule == RotationRule.Snapshot ? "a=2 b=1" : "a=1", world.Held);
        Assert.Equal(1ul, world.Epoch);
    }

    [Theory]
    [InlineData(DivergenceRule.Stop)]
    [InlineData(DivergenceRule.Resync)]
    public void A_primary_that_rotates_before_its_first_write_and_was_not_equal_is_left_to_the_rule(
        DivergenceRule rule)
    {
        var world = new ListenScenario(rule);
        world.Put("a", "1");
        world.RestartUnheard(before: () => world.Put("missed", "1"), after: world.Rotate);
        world.Pass(50);
        Assert.Equal(PrimaryCondition.Restarted, world.Condition);
        Assert.Null(world.Lag);
        Assert.Equal("a=1", world.Held);
        world.Put("b", "1");
        world.Pass(180);
        if (rule == DivergenceRule.Stop)
        {
            Assert.Equal(PrimaryCondition.Restarted, world.Condition);
            Assert.Equal("a=1", world.Held);
            Assert.Equal(1ul, world.Epoch);
            return;
        }

        Assert.Equal(2ul, world.Epoch);
        Assert.Equal(world.Shown, world.Held);
        world.Put("c", "1");
        world.Pass(60);
        Assert.Equal(PrimaryCondition.Rotated, world.Condition);
        Assert.Equal(world.Shown, world.Held);
    }

    [Fact]
    public void A_primary_that_rotated_before_its_first_write_and_goes_back_at_its_restart_is_divergence()
    {
        var world = new ListenScenario();
        world.Put("a", "0");
        world.Put("a", "1");
        world.Restart();
        world.Rotate();
        world.Pass(10);
        world.Put("a", "2");
        world.Pass(60);
        Assert.Equal("a=2", world.Held);
        world.Restart();
        world.Pass(10);
        Assert.Equal("a=1", world.Shown);
        Assert.True(world.HasDiverged);
    }

    [Fact]
    public void An_empty_value_that_the_live_primary_hides_is_no_rotation_and_its_restart_does_not_go_back()
    {
        var world = new ListenScenario();
        world.Put("a", "1");
        world.Put("k", "");
        Assert.Equal("a=1 k=", world.Held);
        Assert.Equal("a=1", world.Shown);
        world.Pass(60);
        Assert.Equal(PrimaryCondition.Live, world.Condition);
        Assert.Equal("a=1", world.Held);
        world.Restart();
        world.Pass(60);
        Assert.Equal("a=1 k=", world.Shown);
        Assert.Equal("a=1 k=", world.Held);
        Assert.Equal(PrimaryCondition.Live, world.Condition);
        world.Put("b", "1");
        world.Pass(15);
        Assert.Equal("a=1 b=1 k=", world.Held);
        Assert.False(world.HasDiverged);
    }

    [Fact]
    public void An_empty_value_that_comes_to_light_after_a_rotation_and_a_restart_is_not_going_back()
    {
        var world = new ListenScenario();
        world.Put("a", "1");
        world.Put("k", "");
        world.Rotate();
        world.Put("b", "1");
        world.Pass(60);
        Assert.Equal(PrimaryCondition.Rotated, world.Condition);
        Assert.Equal("a=1 b=1", world.Held);
        world.Restart();
        world.Pass(30);
        Assert.Equal("a=1 b=1 k=", world.Shown);
        Assert.Equal(world.Shown, world.Held);
        Assert.False(world.HasDiverged);
    }

    [Fact]
    public void A_write_that_a_transaction_hides_is_no_rotation_and_comes_to_light_with_a_restart()
    {
        ListenScenario world = Hiding();
        world.Pass(60);
        Assert.Equal("a=tx b=tx c=tx", world.Held);
        Assert.Equal(PrimaryCondition.Live, world.Condition);
        world.Put("z", "1");
        world.Restart();
        world.Pass(60);
        Assert.Equal("a=tx b=tx c=live z=1", world.Shown);
        Assert.Equal("a=tx b=tx c=live z=1", world.Held);
        Assert.Equal(PrimaryCondition.Live, world.Condition);
        world.Put("y", "1");
        world.Pass(15);
        Assert.Equal("a=tx b=tx c=live y=1 z=1", world.Held);
        Assert.False(world.HasDiverged);
    }

    [Fact]
    public void A_hidden_write_that_comes_to_light_before_another_write_excluded_a_rotation_stops_the_node()
    {
        ListenScenario world = Hiding();
        world.Pass(60);
        Assert.Equal(PrimaryCondition.Live, world.Condition);
        world.Restart();
        world.Pass(20);
        Assert.Equal(PrimaryCondition.Restarted, world.Condition);
        Assert.Equal("a=tx b=tx c=tx", world.Held);
        world.Put("y", "1");
        world.Pass(20);
        Assert.True(world.HasDiverged);
    }

    [Fact]
    public void A_write_hidden_by_what_no_walk_had_to_bring_is_taken_for_a_rotation_until_the_next_one()
    {
        var world = new ListenScenario();
        world.Put("c", "tx");
        world.Commit(("a", "tx"), ("b", "tx"), ("c", "tx"));
        world.Pass(30);
        world.Put("c", "live");
        Assert.Equal("a=tx b=tx c=tx", world.Shown);
        world.Pass(60);
        Assert.Equal(PrimaryCondition.Rotated, world.Condition);
        Assert.Equal("a=tx b=tx c=tx", world.Held);
        world.Put("z", "1");
        world.Pass(15);
        Assert.Equal(PrimaryCondition.Live, world.Condition);
        Assert.Equal(world.Shown, world.Held);
    }

    [Fact]
    public void A_rotated_primary_that_wrote_again_what_it_showed_before_and_goes_back_is_divergence()
    {
        var world = new ListenScenario();
        world.Put("a", "0");
        world.Commit(("flag", "up"));
        world.Pass(30);
        world.Put("flag", "down");
        Assert.Equal("a=0 flag=down", world.Held);
        world.Rotate();
        world.Put("flag", "up");
        world.Pass(60);
        Assert.Equal("a=0 flag=up", world.Held);
        world.Restart();
        world.Pass(20);
        Assert.Equal("a=0 flag=down", world.Shown);
        world.Put("y", "1");
        world.Pass(20);
        Assert.True(world.HasDiverged);
    }

    [Fact]
    public void A_key_with_a_hidden_write_that_a_rotated_primary_changed_goes_back_like_any_other()
    {
        ListenScenario world = Hiding();
        world.Pass(60);
        world.Put("z", "1");
        world.Rotate();
        world.Put("c", "silent");
        world.Pass(60);
        Assert.Equal("a=tx b=tx c=silent z=1", world.Held);
        world.Restart();
        world.Pass(20);
        Assert.Equal("a=tx b=tx c=live z=1", world.Shown);
        Assert.True(world.HasDiverged);
    }

    /// <summary>A live write right behind a transaction that has a higher version of the key.</summary>
    private static ListenScenario Hiding()
    {
        var world = new ListenScenario();
        world.Put("a", "0");
        world.Commit(("a", "tx"), ("b", "tx"), ("c", "tx"));
        world.Pass(30);
        Assert.Equal("a=tx b=tx c=tx", world.Held);
        world.Put("c", "live");
        Assert.Equal("a=tx b=tx c=live", world.Held);
        Assert.Equal("a=tx b=tx c=tx", world.Shown);
        return world;
    }
}
