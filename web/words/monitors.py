"""What monitors, checks and their causes are called."""

from web.translations import marked
from web.words.labels import Labels

state = Labels(
    {
        "up": marked("Up"),
        "down": marked("Down"),
        "degraded": marked("Degraded"),
        "unknown": marked("Unknown"),
        "maintenance": marked("Maintenance"),
        "paused": marked("Paused"),
        "pending": marked("Pending"),
    }
)
"""The states of a monitor, and the outcomes of a check."""

outcome = state
severity = state

kind = Labels(
    {
        "http": marked("Website or API"),
        "heartbeat": marked("Heartbeat of a job"),
        "tcp": marked("TCP port"),
        "udp": marked("UDP port"),
        "icmp": marked("Ping (ICMP)"),
        "dns": marked("DNS records"),
        "tls": marked("TLS certificate"),
        "rdap": marked("Domain registration"),
        "smtp": marked("Mail server (SMTP)"),
        "imap": marked("Mailbox (IMAP)"),
        "pop3": marked("Mailbox (POP3)"),
        "ftp": marked("File server (FTP)"),
        "ssh": marked("SSH server"),
        "websocket": marked("WebSocket"),
        "mqtt": marked("MQTT broker"),
        "sql": marked("Database (SQL)"),
        "redis": marked("Redis server"),
        "grpc": marked("gRPC server"),
        "multistep": marked("Several requests (multistep)"),
    }
)
"""The kinds of a monitor."""

short_kind = Labels(
    {
        "http": "HTTP",
        "heartbeat": marked("Heartbeat"),
        "tcp": "TCP",
        "udp": "UDP",
        "icmp": marked("Ping"),
        "dns": "DNS",
        "tls": "TLS",
        "rdap": marked("Domain"),
        "smtp": "SMTP",
        "imap": "IMAP",
        "pop3": "POP3",
        "ftp": "FTP",
        "ssh": "SSH",
        "websocket": "WebSocket",
        "mqtt": "MQTT",
        "sql": "SQL",
        "redis": "Redis",
        "grpc": "gRPC",
        "multistep": marked("Multistep"),
    }
)
"""The kinds of a monitor, where there is little room."""

cause = Labels(
    {
        "none": marked("No cause"),
        "slow": marked("Slow answer"),
        "status": marked("Unexpected status"),
        "keyword_missing": marked("Keyword missing"),
        "keyword_present": marked("Keyword present"),
        "timeout": marked("Timeout"),
        "dns": marked("Name not resolved"),
        "refused": marked("Connection refused"),
        "unreachable": marked("Unreachable"),
        "tls": marked("TLS failure"),
        "protocol": marked("Protocol error"),
        "redirect": marked("Bad redirect"),
        "blocked": marked("Address not allowed"),
        "closed": marked("Connection closed"),
        "authorization": marked("Authorization failed"),
        "assertion": marked("Assertion not met"),
        "answer": marked("Unexpected answer"),
        "late": marked("Ping overdue"),
        "expiry": marked("Expires soon"),
        "reported": marked("Failure reported by the job"),
        "no_result": marked("No result"),
        "internal": marked("Internal error of this service"),
        "stalled": marked("This service stalled"),
        "own_network": marked("Network of this service failed"),
    }
)
"""The causes of a check or an incident, by `Cause.word`."""

expiry = Labels({"certificate": marked("Certificate"), "domain": marked("Domain registration")})
"""What expires."""

signal = Labels(
    {
        "success": marked("Success"),
        "start": marked("Start"),
        "fail": marked("Failure"),
        "log": marked("Log"),
    }
)
"""The meanings of a ping."""

backoff = Labels(
    {
        "fixed": marked("Always the same"),
        "linear": marked("Grows evenly"),
        "exponential": marked("Doubles each time"),
    }
)
"""How the wait before a recheck grows."""

phase = Labels(
    {
        "dns": marked("Name lookup"),
        "connect": marked("Connection"),
        "tls": marked("TLS handshake"),
        "first_byte": marked("First byte"),
        "transfer": marked("Transfer"),
    }
)
"""The phases of a check."""

step = Labels(
    {
        "dns": marked("Name lookup"),
        "connect": marked("Connection"),
        "tls": marked("TLS handshake"),
        "banner": marked("Banner"),
        "greeting": marked("Greeting"),
        "starttls": marked("Change to TLS"),
        "key_exchange": marked("Key exchange"),
        "login": marked("Login"),
        "upgrade": marked("Upgrade"),
        "query": marked("Query"),
        "exchange": marked("Exchange"),
        "message": marked("Message"),
        "ping": marked("Ping"),
        "farewell": marked("Farewell"),
    }
)
"""The steps of a test run that are no requests of HTTP."""

test_run = Labels(
    {
        "pending": marked("Waiting"),
        "running": marked("Running"),
        "done": marked("Done"),
        "failed": marked("Failed"),
    }
)
"""The states of a test run."""
