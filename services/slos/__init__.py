"""Service level objectives: their definition, what they measure, and their error budgets."""
