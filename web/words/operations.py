"""What the parts of the service are called."""

from web.translations import marked
from web.words.labels import Labels

part = Labels(
    {
        "beat": marked("Beat"),
        "checks": marked("Checks"),
        "database": marked("Database"),
        "deliveries": marked("Deliveries"),
        "partitions": marked("Partitions"),
        "queues": marked("Queues"),
        "redis": "Redis",
        "regions": marked("Regions"),
        "archive": marked("Archive"),
    }
)
"""The parts whose health is examined."""
