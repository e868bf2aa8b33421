-- Service instances, from their request until their deletion has ended. Maps are JSON text.
create table service_instance (
    id              text primary key,
    service_id      text        not null,
    plan_id         text        not null,
    organization_id text        not null,
    space_id        text        not null,
    parameters      text        not null,
    context         text        not null,
    deployment      text        not null unique,
    template        text,
    versions        text        not null,
    live_settings   text        not null,
    outputs         text        not null,
    ready           boolean     not null,
    created_at      timestamptz not null
);

-- Operations outlive their instances: they are what last_operation answers from.
create table operation (
    id               uuid primary key,
    version          integer     not null,
    generation       bigint      not null generated always as identity,
    instance_id      text        not null,
    deployment       text        not null,
    type             text        not null,
    state            text        not null,
    step             text        not null,
    description      text        not null,
    operator_message text,
    attempt          integer     not null,
    failures         integer     not null,
    task_id          bigint,
    predecessor_id   uuid,
    deadline         timestamptz not null,
    created_at       timestamptz not null,
    updated_at       timestamptz not null
);
create unique index one_operation_in_progress_per_instance on operation (instance_id) where state = 'IN_PROGRESS';
create index operation_by_instance on operation (instance_id, generation desc);

-- Credentials are encrypted with the key that key_id names; both are null until the account exists. busy_until: a request is at work
-- on the account; others wait until then.
create table service_binding (
    id          text primary key,
    instance_id text        not null references service_instance (id) on delete cascade,
    app_id      text,
    key_id      text,
    credentials bytea,
    busy_until  timestamptz,
    created_at  timestamptz not null
);
create index service_binding_by_instance on service_binding (instance_id);

-- db-scheduler's table, as its documentation gives it.
create table scheduled_tasks (
    task_name            text        not null,
    task_instance        text        not null,
    task_data            bytea,
    execution_time       timestamptz not null,
    picked               boolean     not null,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures int,
    last_heartbeat       timestamptz,
    version              bigint      not null,
    priority             smallint,
    primary key (task_name, task_instance)
);
create index execution_time_idx on scheduled_tasks (execution_time);
create index last_heartbeat_idx on scheduled_tasks (last_heartbeat);
