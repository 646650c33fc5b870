"""Pure rules that use the standard library only: no clock, no input, no output."""
