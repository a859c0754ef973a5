#!/usr/bin/env pwsh
# Makes the static executable; everything it needs is in the project. Further arguments go to dotnet publish.
$ErrorActionPreference = 'Stop'
dotnet publish "$PSScriptRoot/src/kevo-replica" -c Release @args
exit $LASTEXITCODE
