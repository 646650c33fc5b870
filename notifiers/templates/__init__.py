"""The template language: parsed strictly, evaluated in bounded cost."""
