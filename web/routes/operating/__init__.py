"""The console of operators, which shows no secret and no monitor of any organization."""
