"""Chat services: Slack, Discord, Teams, Telegram."""
