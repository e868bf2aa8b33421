-- Attributes of the last deployment that got through; not settled: a later one may have changed the deployment half-way.
-- The defaults stay: while an upgrade rolls, a broker of the version before still inserts rows.
alter table service_instance
    add column attributes text    not null default '{}',
    add column settled    boolean not null default true;

-- What an update leads to, what its user should know before, why it is being taken back, and what its failure leaves.
alter table operation
    add column plan_id           text,
    add column parameters        text    not null default '{}',
    add column spec              text,
    add column notice            text,
    add column cause             text,
    add column not_ready         integer not null default 0,
    add column instance_usable   boolean,
    add column update_repeatable boolean;
