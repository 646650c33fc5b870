"""What happened in the shop, before it is placed on the slots of any monitor. Pure."""
