"""The installation's own tables. They tell of no person, and of organizations only by their keys."""

from services.privacy.catalogue.lines import INSTALLATION, KEY, SEALED, WORK, Table

TABLES = {
    "regions": Table(why="checks run in several places", left={INSTALLATION: "id name seen_at"}),
    "signing_keys": Table(
        why="access tokens are signed",
        left={
            INSTALLATION: "kid state public_key created_at changed_at",
            SEALED: "wrapped_by wrapped nonce ciphertext",
        },
    ),
    "dispatch_shards": Table(
        why="each check is dispatched once", left={INSTALLATION: "shard watermark verified closed"}
    ),
    "dispatch_stalls": Table(
        why="time in which nothing was dispatched is unknown",
        left={INSTALLATION: "shard from_slot until_slot rows_until missed reported_at"},
    ),
    "ping_receiver_spans": Table(
        why="time in which no ping could arrive is no failure of a job",
        left={INSTALLATION: "id began_at until_at"},
    ),
    "rollup_progress": Table(
        why="summaries are computed once",
        left={INSTALLATION: "id until_slot after_monitor settling_slot settling_xid refused_hours"},
    ),
    "meter_progress": Table(why="use is counted once", left={INSTALLATION: "id until_slot"}),
    "text_day_totals": Table(
        why="text messages of the installation are limited by the day",
        left={INSTALLATION: "day segments"},
    ),
    "archive_days": Table(
        why="a day of checks is deleted only when the archive has it",
        left={
            INSTALLATION: "day shard state revision is_whole rows failures late_seen changed_at"
            " dropped_at restored_until"
        },
    ),
    "archive_files": Table(
        why="the files of the archive are known, and verified",
        left={
            INSTALLATION: "name kind first_day last_day shard only_for revision rows size_bytes"
            " sha256 digest organizations is_current replaced_at"
        },
    ),
    "archive_late": Table(why="late checks reach the archive", left={INSTALLATION: "id day shard"}),
    "archive_manifests": Table(
        why="the archive proves that nothing is missing",
        left={INSTALLATION: "number first_day last_day sha256 kid created_at"},
    ),
    "archive_erasures": Table(
        why="checks of a deleted organization leave the archive",
        left={KEY: "organization_id", WORK: "requested_at erased_at"},
    ),
}
