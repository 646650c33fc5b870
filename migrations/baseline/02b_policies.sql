-- What an organization demands of its members: second factors, sessions, networks, keys, ways in.

CREATE TABLE organization_policies (
    organization_id integer NOT NULL,
    require_second_factor boolean NOT NULL,
    second_factor_grace_days smallint NOT NULL,
    second_factor_required_at timestamptz,
    session_idle_minutes integer NOT NULL,
    session_hours integer NOT NULL,
    networks text[] NOT NULL,
    networks_for_machines boolean NOT NULL,
    longest_key_days smallint,
    login_ways text[] NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_organization_policies PRIMARY KEY (organization_id),
    CONSTRAINT fk_organization_policies_organization_id FOREIGN KEY(organization_id) REFERENCES
        organizations (id) ON DELETE CASCADE,
    CONSTRAINT ck_organization_policies_demand CHECK (require_second_factor =
        (second_factor_required_at IS NOT NULL)),
    CONSTRAINT ck_organization_policies_login_ways CHECK (cardinality(login_ways) > 0)
);
