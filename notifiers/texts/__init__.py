"""Text messages and calls, through the gateways that the operator chose."""
