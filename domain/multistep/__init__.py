"""The rules of multistep checks that need nothing but texts."""
