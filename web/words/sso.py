"""What the states of single sign-on are called."""

from web.translations import marked
from web.words.labels import Labels

domain_state = Labels(
    {"pending": marked("not proven"), "proven": marked("proven"), "lost": marked("lost")}
)
"""The states of a domain."""

domain_problem = Labels(
    {
        "missing": marked("The record was not found."),
        "unanswered": marked("No server of the domain answered."),
        "owned": marked("Another organization owns this domain."),
    }
)
"""Why a check did not prove a domain."""
