using Kevo.Measure.Roles;

if (args is ["role", var role, .. var rest])
{
    return await RoleDispatch.RunAsync(role, rest);
}

return 2;
