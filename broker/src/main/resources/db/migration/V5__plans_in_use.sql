-- Every request that changes something asks which plans are in use: one step per plan, not one per instance.
create index service_instance_by_service_and_plan on service_instance (service_id, plan_id);
