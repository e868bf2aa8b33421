-- What the catalog's maintenance_info was when the instance was made or upgraded, and what an update upgrades to.
alter table service_instance add column maintenance_version text;

-- started_at: when the operation had its turn, from which on its deadline counts; requested: by the platform, which polls for it.
alter table operation
    add column maintenance_version text,
    add column started_at          timestamptz,
    add column bulk                boolean not null default false,
    add column requested           boolean not null default true;

-- An operator may end an operation, and nothing is cleaned up after that.
alter table operation add column ended_by_operator boolean not null default false;

-- Also for deployments of no instance; and a number is given once.
create unique index one_operation_in_progress_per_deployment on operation (deployment) where state = 'IN_PROGRESS';
create unique index operation_by_generation on operation (generation);

-- Binding rotation, and where an application connects to.
alter table service_binding
    add column predecessor_id text,
    add column endpoints      text not null default '[]';

-- Who has a task at the director, and who waits for a place there; the rows of operations that have ended count for nothing.
create table director_place (
    operation_id uuid primary key references operation (id) on delete cascade,
    priority     smallint not null,
    generation   bigint   not null,
    entered_at   timestamptz
);
create index director_place_by_turn on director_place (priority, generation);

-- What is counted for quotas.
create index service_instance_by_organization on service_instance (organization_id);
create index service_instance_by_plan on service_instance (plan_id);

-- The catalog that the service provider answered last: what platforms get while it is away, also from a broker that has just started.
create table known_catalog (
    id       smallint primary key check (id = 1),
    offering text        not null,
    known_at timestamptz not null
);

-- Who wanted what changed, and what came of it; the broker never deletes from here. status: of the answer, null while there is none.
create table audit_entry (
    id                   bigint primary key generated always as identity,
    at                   timestamptz not null,
    caller               text        not null,
    originating_identity text,
    request_id           text,
    method               text        not null,
    path                 text        not null,
    instance_id          text,
    reason               text,
    status               integer
);
create index audit_entry_by_instance on audit_entry (instance_id, id desc);

-- Lists for operators.
create index operation_by_state on operation (state, generation desc);

-- The last comparison of what is wanted with what there is.
create table reconciliation_report (
    id     smallint primary key check (id = 1),
    report text not null
);
