-- The operation has ended, but its task at the director may not have: the place is taken until that is seen to end.
alter table director_place add column kept boolean not null default false;
