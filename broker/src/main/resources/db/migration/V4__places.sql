-- The operation has ended before its task at the director: the place is taken until that ends.
alter table director_place add column task_goes_on boolean not null default false;
