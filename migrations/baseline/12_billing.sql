-- The customer of each organization at the billing provider.

CREATE TABLE billing_accounts (
    organization_id integer NOT NULL,
    customer text NOT NULL,
    status varchar(32) DEFAULT 'none' NOT NULL,
    price text DEFAULT '' NOT NULL,
    past_due_since timestamptz,
    trial_ends_at timestamptz,
    period_ends_at timestamptz,
    standing varchar(32) DEFAULT 'active' NOT NULL,
    reminded_day smallint,
    asked_at timestamptz NOT NULL,
    read_at timestamptz,
    pushed_slot integer DEFAULT 0 NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_billing_accounts PRIMARY KEY (organization_id),
    CONSTRAINT fk_billing_accounts_organization_id FOREIGN KEY(organization_id) REFERENCES
        organizations (id) ON DELETE CASCADE,
    CONSTRAINT uq_billing_accounts_customer UNIQUE (customer),
    CONSTRAINT ck_billing_accounts_status CHECK (status IN ('none', 'trialing', 'active',
        'past_due', 'canceled')),
    CONSTRAINT ck_billing_accounts_standing CHECK (standing IN ('active', 'restricted',
        'suspended'))
);

CREATE INDEX ix_billing_accounts_asked_at ON billing_accounts (asked_at);
CREATE INDEX ix_billing_accounts_read_at ON billing_accounts (read_at);
