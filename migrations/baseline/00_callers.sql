-- For whom a transaction acts: policies, and functions of other files, compare with these.

CREATE FUNCTION current_organization() RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN current_setting('downtime.organization_id', true) ~ '^[1-9][0-9]{0,8}$'
        THEN current_setting('downtime.organization_id', true)::integer
    END;

-- Null if the caller sees all projects. A text that is no array is an error, never null.
CREATE FUNCTION current_projects() RETURNS integer[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('downtime.projects', true), '')::integer[];
