"""Pages of projects, teams and custom roles: who may do what, and where."""
