"""What members may do: by their role, by a custom role, and by roles in projects."""
