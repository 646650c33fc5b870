"""The sentences of services, by what they are about. A placeholder stands for what differs."""

from web.translations import marked

SENTENCES = (
    # Values
    marked("Some values are invalid."),
    marked("Must be between %(least)s and %(most)s."),
    marked("Must have between 1 and %(most)s characters."),
    marked("Must have %(least)s to %(most)s characters."),
    marked("Must be one of: %(values)s."),
    marked("The kind must be one of: %(values)s."),
    marked("Must be at most the number of regions."),
    marked("Must be at most %(most)s KiB in total."),
    marked("Must be at most %(most)s seconds."),
    marked("Must be at least the number of confirmations."),
    marked("Must be after the beginning."),
    marked("Must be before the end."),
    marked("Must be before the end of the period."),
    marked("Must differ from the start."),
    marked("Must be in the past."),
    marked("Must be in the future."),
    marked("Must be in the future, at most %(most)s days ahead."),
    marked("Must lie within the last ten years or the next five."),
    marked("May have at most %(most)s characters."),
    marked("Must contain only printable ASCII characters."),
    marked("Must not contain control characters."),
    marked("May contain line feeds and tabs, but no other control characters."),
    marked("Must be an origin such as https://example.com."),
    marked("Must be entered again, because it would be sent to another %(field)s."),
    marked("Must be the SHA-256 of the certificate's DER, in base64url."),
    marked("Must be an age public key, such as age1…."),
    marked("Must be an age public key. This one contains a wrong character."),
    marked("Must be a text, a number, true, false or null."),
    marked("Must contain {signature}."),
    marked("Must be 1 to 8,192 printable ASCII characters without spaces."),
    marked("NUL characters are not accepted."),
    marked("This cursor does not belong to this list."),
    marked("Not a regular expression that RE2 accepts: %(reason)s."),
    marked("The regular expression is too large: use smaller repetitions."),
    marked("Not a JSON path (RFC 9535) such as $.items[0].name."),
    marked("Not a JSONPath such as $.token or $.data.access_token."),
    marked("Not a valid cron expression: %(error)s."),
    marked("A cron expression has five fields, such as 30 3 * * 1-5."),
    marked("This cron expression never matches a time."),
    marked("This time zone does not exist. Use a name such as Europe/Berlin."),
    marked("Must be at most %(most)s."),
    marked("Must be at least %(least)s."),
    marked("Unknown field."),
    marked("Must be true or false."),
    marked("Must be a whole number."),
    marked("Must be a text."),
    marked("Must be a list."),
    marked("Must have at least %(least)s characters."),
    marked("Contains a character that is not accepted here, or is too short or too long."),
    marked("Must be less than the interval."),
    marked("Must not contain line breaks or control characters."),
    # Domains
    marked("Must be the name of a domain, such as example.com."),
    marked("Anybody can get an address in this domain, so nobody owns it."),
    # Single sign-on
    marked("The identity provider did not prove who you are here."),
    marked("This organization demands single sign-on. Log in by its identity provider."),
    marked("You logged in by the provider of another organization. Log in by another way."),
    marked("Must be an address that begins with https://, without a query."),
    marked("Must be entered again, because it would be sent to another issuer."),
    marked(
        "The policy demands single sign-on, and this is the only connection."
        " Allow another way to log in first."
    ),
    marked("Set up a second factor first. With it, an owner can log in if the provider fails."),
    # The policy of an organization
    marked("This organization does not allow your network."),
    marked("This organization does not allow this way to log in. Log in by another way."),
    marked("This organization requires a passkey. Register one first."),
    marked("This organization requires a second factor. Set one up first."),
    marked("Your own address is not in these networks. Add it first."),
    marked("You logged in by another way. Log in by an allowed way first."),
    marked("You have no second factor yourself. Set one up first."),
    marked("Must not be longer than the whole session."),
    marked("Choose at least one."),
    marked("Name the networks first."),
    marked("Only a member who is logged in can change the policy, not a machine."),
    # Passkeys
    marked("This passkey was not accepted. Try again, or log in with your password."),
    marked("The passkey could not be registered. Try again."),
    marked("This passkey is registered already."),
    marked("An account may have %(most)s passkeys. Remove one first."),
    marked("This account has a passkey as its second factor. Use it."),
    # Searches
    marked(
        "This search would read about %(checks)s checks, and may read %(most)s. Choose a shorter "
        "period or fewer monitors, or search only for checks that failed."
    ),
    marked(
        "This search would read at least %(checks)s archived checks, and may read %(most)s. "
        "Choose a shorter period or fewer monitors."
    ),
    marked(
        "This count would read %(days)s days or months of the archive, and may read %(most)s. "
        "Choose a shorter period, or count by day without a cause, a status, a latency or words."
    ),
    marked(
        "All checks can be searched of at most %(most)s monitors at once. Choose some by "
        "`monitor_id` or `tag`, or search only for checks that failed."
    ),
    # Objectives
    marked("Give either a monitor or a tag."),
    marked("An SLO of latency needs a threshold."),
    marked("Must have at most %(most)s characters."),
    marked("Must have between 1 and %(most)s SLOs."),
    marked("Must be YAML without aliases: %(problem)s"),
    # Names
    marked("There is already an SLO with this name."),
    marked("There is already a contact group with this name."),
    marked("There is already an escalation policy with this name."),
    marked("There is already an on-call schedule with this name."),
    marked("There is already a view with this name."),
    marked("There is already a credential with this name."),
    marked("An account with this email address already exists."),
    marked("An event subscription for this URL already exists."),
    marked("A template for this event and kind already exists."),
    marked("There is no contact group %(id)s."),
    marked("There is no contact %(id)s."),
    marked("There is no credential %(id)s."),
    marked("There is no escalation policy %(id)s."),
    marked("There is no on-call schedule %(id)s."),
    marked("There is no region %(id)s."),
    marked("There is no scope %(id)s."),
    marked("There is no such recipient."),
    marked(
        "An organization may have at most %(most)s %(nouns)s (limit `%(name)s`). It has "
        "%(used)s, and this request adds %(more)s."
    ),
    marked(
        "The plan allows at least %(bound)s here (limit `%(name)s`), and this request has "
        "%(value)s."
    ),
    marked(
        "The plan allows at most %(bound)s here (limit `%(name)s`), and this request has %(value)s."
    ),
    marked("The plan of this organization does not include this (limit `%(name)s`)."),
    marked(
        "Payment is overdue, so this organization can only read, export and pay. Settle the "
        "invoice to change anything again."
    ),
    marked(
        "The plan allows fewer monitors, so it pauses the newest ones (limit `monitors`). Delete "
        "another monitor, or choose a larger plan."
    ),
    marked("There is no plan %(id)s."),
    marked("This service has no billing provider."),
    marked("There is a subscription already. Change it on the pages of the provider."),
    marked("The billing provider failed (%(code)s). Try again later."),
    marked("By hour, the period may have at most %(most)s days."),
    marked("This organization is suspended. Ask the operator of this service."),
    # Accounts
    marked("The email address or the password is wrong."),
    marked("The email address, the password or the code is wrong."),
    marked("This password is too easy to guess. Use several words."),
    marked("The current password is wrong."),
    marked("This is already the address of your account."),
    marked("This is not an email address."),
    marked("The login took too long. Log in again."),
    marked("Too many logins failed. Wait a moment, then try again."),
    marked("Your session has ended. Log in again."),
    marked("This link is invalid or has expired."),
    marked("This link is invalid or has expired, or the password is wrong."),
    marked("This invitation is invalid or has expired, or the password is wrong."),
    marked("This account has a second factor. Enter its code as well."),
    marked("This account already has a second factor. Remove it first."),
    marked("There is no second factor to confirm."),
    marked("This account has no second factor."),
    # The console of operators
    marked("This organization is suspended already."),
    marked("No operator suspended this organization."),
    marked("Only a message that waits or was given up can be cancelled."),
    marked("This mail is still being sent."),
    marked("The text of this mail is gone. Only a mail with a link can be sent again."),
    marked("Ask two other operators to remove your own second factor."),
    marked("Another operator has to confirm this."),
    marked("A reset of this account already waits for a second operator."),
    marked("Who asked for this is no operator any more. Ask again."),
    marked("There is no such limit."),
    marked("There is no plan %(plan)s."),
    marked("The code is wrong or has expired. Enter the current code of the app."),
    marked("The code is wrong or has expired. Enter a current one."),
    marked("An organization needs an owner. Make another member an owner first."),
    marked("This role has permissions that you lack."),
    marked(
        "You are the last owner of %(name)s. First make another member an owner, or delete the "
        "organization."
    ),
    marked("This is not the name of the organization."),
    marked("This organization is on legal hold, so it cannot be deleted."),
    marked("This organization requires encryption. Enter a public key of age."),
    marked("This organization cannot be deleted now. Ask the operator of this service."),
    marked("This account was deleted. Restore it by the link in the mail about that."),
    marked("This invitation was sent a moment ago. Wait before you resend it."),
    marked("This invitation was resent %(most)s times, which is the maximum."),
    marked("This address already belongs to a member."),
    marked("There were too many requests of this kind. Try again later."),
    marked("Another request is being validated. Try again in a moment."),
    marked("Other requests are reading the archive. Try again in a moment."),
    # Machines
    marked("A machine needs at least one permission."),
    marked("This machine has permissions that you lack."),
    marked("You lack the permission %(scope)s yourself."),
    marked("This requires the permission %(permission)s."),
    marked("This service account has no secret."),
    marked("The scheme private_key_jwt requires a public key."),
    marked("The scheme tls_client_auth requires a certificate."),
    marked("If several keys have the same type, each needs its own `kid`."),
    marked(
        "The key contains its private part. Create another key pair, and send only the public key."
    ),
    marked("The key must be an EC key on P-256, an Ed25519 key, or an RSA key."),
    # Recipients and exports
    marked("This public key cannot be used for encryption."),
    marked("This key is or was already registered."),
    marked(
        "The key contains its private part. Create another key pair, and register only the public "
        "key."
    ),
    marked("A retired recipient cannot become active again."),
    marked("This recipient has no challenge. Request one."),
    marked("The challenge has expired. Request a new one."),
    marked("The answer differs from the decrypted challenge."),
    marked(
        "No recipient is active, so nobody could read an encrypted answer. Register a recipient "
        "first."
    ),
    marked("Must be the id of a recipient."),
    marked("At most %(most)s exports an hour."),
    marked("Must be within the last %(days)s days. Older history is not kept."),
    marked("The period may have at most %(days)s days."),
    # Contacts
    marked("This is not a phone number in international form, such as +14155550123."),
    marked("This service does not send text messages to numbers in this country, or call them."),
    marked("Premium-rate numbers are not accepted."),
    marked("A contact may have at most %(most)s channels."),
    marked("This contact already has a channel to this destination."),
    marked("This channel is not disabled."),
    marked("This channel is disabled. Enable it first."),
    marked("This channel is already confirmed."),
    marked("This channel is not confirmed yet."),
    marked("The settings of this channel can no longer be decrypted. Create a new channel."),
    marked("This address has received enough confirmation requests for now. Ask again later."),
    marked("An organization may send at most %(most)s tests a minute."),
    marked(
        "This contact is on call in the schedule %(name)s. Reassign its shifts and overrides there "
        "first."
    ),
    # On call
    marked("Must be from 1 to %(most)s for %(kind)s handoffs."),
    marked("Hourly handoffs have no time of day: they count from local_start."),
    marked("Only weekly handoffs have a weekday."),
    marked("This override is not active."),
    marked("The override has already ended."),
    marked("An override may last at most %(days)s days."),
    marked("It overlaps the override of this schedule that begins at %(moment)s UTC."),
    marked("The schedules of this policy have too many layers for a forecast."),
    marked("This escalation policy cannot be deleted while a monitor uses it."),
    marked("This escalation policy cannot be deleted while %(number)s monitors use it."),
    marked("This on-call schedule cannot be deleted while the escalation policy %(name)s uses it."),
    marked(
        "This on-call schedule cannot be deleted while %(name)s or another of %(number)s "
        "escalation policies uses it."
    ),
    marked("This incident has ended."),
    marked("Only a dead letter can be sent again. This delivery is %(state)s."),
    # Maintenance
    marked("A window may last from one minute to %(days)s days."),
    marked("A recurring window needs a local_start."),
    marked("A recurring window needs a duration."),
    marked("A recurring window needs duration_seconds instead."),
    marked("Must be after local_start."),
    marked("The window has already ended."),
    marked("The window would never end: each occurrence begins before the preceding one ends."),
    marked("Give either local_end or duration_seconds."),
    marked("The recurrence has no future occurrence."),
    marked("This maintenance window is not active."),
    marked("Give monitor_ids or tags, or set all_monitors."),
    marked("A recurrence may have at most %(most)s characters."),
    marked("A recurrence needs its FREQ, such as FREQ=WEEKLY;BYDAY=SU."),
    marked("A recurrence may have COUNT or UNTIL, but not both."),
    marked("A recurrence may contain only %(known)s, such as FREQ=WEEKLY;BYDAY=SU."),
    # Monitors
    marked("There is no kind of monitor for %(scheme)s addresses."),
    marked("This monitor is paused. Resume it to check it."),
    marked("This search cannot be saved: it is too long, or contains control characters."),
    marked("Write one line of 1 to %(most)s characters."),
    marked("A monitor of kind %(kind)s takes no credentials."),
    marked(
        "A monitor of kind %(kind)s takes credentials of the schemes %(known)s, not %(refused)s."
    ),
    marked("A monitor of kind %(kind)s logs in with one credential only."),
    marked("A monitor may have at most %(most)s credentials."),
    marked("A monitor may have at most %(most)s parents."),
    marked("The parents form a circle: %(way)s."),
    marked("Not available for a heartbeat."),
    marked("Not available for a heartbeat: its job sends the pings."),
    marked("Give either period_seconds or cron."),
    marked("Only a cron expression has a time zone."),
    marked("The monitor is not checked from this region."),
    marked("Not a URL such as https://example.com/path: only http and https."),
    marked("Not an address such as https://example.com/."),
    marked("Not an address such as %(example)s: only %(schemes)s."),
    marked("A URL may have at most %(most)s characters."),
    marked("A URL must not contain spaces, control characters or backslashes."),
    marked("A URL must not contain a user name or password: use a credential."),
    marked("An address may have at most %(most)s characters."),
    marked("An address must not contain a user name or password: use a credential."),
    marked("An address must not contain spaces, control characters or backslashes."),
    marked("This address must end after the host and port."),
    marked("The host is not a valid name or address."),
    marked("The port is missing, such as %(example)s:1234."),
    marked("A port must be between 1 and 65535."),
    marked(
        "Secrets are not accepted in headers. Put %(name)s into a credential, and name that in"
        " credential_ids."
    ),
    marked("The header %(name)s is set by the probe itself."),
    marked("A header name may contain only letters, digits and hyphens."),
    # Multistep checks
    marked("No earlier step extracts the value %(name)s."),
    marked("The value %(name)s may stand only in a body."),
    marked("The value %(name)s may stand only after the host, or be the whole URL."),
    marked("A placeholder must be written as {{name}}, with letters, digits and underscores."),
    marked(
        "Secrets are not accepted in headers. Authorization may have only an extracted value,"
        " such as Bearer {{token}}."
    ),
    marked("A body with values must be of the type json, form or xml."),
    marked("The body is not valid JSON."),
    marked("A step may have at most %(most)s placeholders."),
    marked("Two extractions have the same name."),
    marked("The name %(name)s is reserved."),
    marked("The answer to a HEAD request has no body."),
    marked("The regular expressions of a step are too large in total."),
    marked("At most %(most)s JSON paths of a step may lead to more than one value."),
    marked("A regular expression may capture one group. Write others as (?:…)."),
    marked("There must be 1 to %(most)s steps."),
    marked("All steps together may have at most %(most)s assertions and extractions."),
    marked("The bodies of all steps together may have at most 64 KiB."),
    marked("This monitor has no credential of the scheme basic, whose fields could be inserted."),
    marked("A header occurs twice."),
    marked("The body may have at most 64 KiB."),
    marked("A %(method)s request has no body."),
    marked("The answer to a HEAD request has no body to search."),
    marked("A status must be a number such as 301 or a range such as 200-299."),
    marked("With `send`, an `expect` is required to judge the answer by."),
    marked("Must be hexadecimal digits, two for each byte."),
    # Credentials
    marked("This credential cannot be deleted while a monitor uses it."),
    marked("This credential cannot be deleted while %(number)s monitors use it."),
    marked("This credential can no longer be decrypted. Create a new one."),
    marked("A credential of the scheme %(scheme)s applies to every site, so it has no origins."),
    marked("A monitor still sends this credential to %(origin)s."),
    marked("The credential %(id)s may not be sent to %(origin)s. Add this origin to it."),
    marked("The credential %(id)s has no origin yet. Its first use requires %(permission)s."),
    marked("Give a user name, a password, or both."),
    marked("Must not contain a colon, after which the password begins."),
    marked("Give a certificate with its key, or a PKCS#12 file."),
    marked("The key is encrypted. Give its password."),
    marked("The key is not encrypted. Omit the password."),
    marked("The key does not match the first certificate."),
    marked("Give either a password or a keytab."),
    marked("Give either a target_audience or a scope."),
    marked("Give success_location or success_text, which identify a successful login."),
    marked("Give csrf_cookie and csrf_header together."),
    marked("Give the consumer secret."),
    # Templates and subscriptions
    marked("Give at least one of subject, text, html and body."),
    marked("Messages about this event cannot have a template."),
    marked("Messages of the kind %(kind)s have no such part."),
    marked("This subscription is not disabled."),
    marked("This subscription is disabled. Enable it first."),
)

NOUNS = (
    marked("projects"),
    marked("roles in one project"),
    marked("custom roles"),
    marked("teams"),
    marked("domains"),
    marked("single sign-on connections"),
    marked("monitors"),
    marked("credentials"),
    marked("contacts"),
    marked("channels of contacts"),
    marked("contact groups"),
    marked("escalation policies"),
    marked("on-call schedules"),
    marked("overrides of on-call schedules"),
    marked("maintenance windows"),
    marked("message templates"),
    marked("event subscriptions"),
    marked("recipients"),
    marked("exports in progress"),
    marked("test runs in progress"),
    marked("entries of people on an incident"),
    marked("members"),
    marked("open invitations"),
    marked("API keys"),
    marked("service accounts"),
    marked("saved views of one member"),
    marked("SLOs"),
)
"""What quotas count."""
