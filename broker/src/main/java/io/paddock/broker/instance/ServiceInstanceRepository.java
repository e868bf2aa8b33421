package io.paddock.broker.instance;

import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.Optional;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;

/** Stored service instances. */
public interface ServiceInstanceRepository extends JpaRepository<ServiceInstance, String> {

    /** The instance, held against other requests until the transaction ends. */
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select instance from ServiceInstance instance where instance.id = :id")
    Optional<ServiceInstance> lock(String id);

    boolean existsByDeployment(String deployment);

    boolean existsByDeploymentAndIdNot(String deployment, String id);

    /** Plans of stored instances, which the catalog may not have any more: from one plan to the next, however many instances each has. */
    @Query(nativeQuery = true, value = """
            with recursive used (plan) as (
                select min(plan_id) from service_instance where service_id = :serviceId
                union all
                select (select min(plan_id) from service_instance where service_id = :serviceId and plan_id > used.plan)
                  from used where used.plan is not null)
            select plan from used where plan is not null
            """)
    List<String> plansInUse(String serviceId);
}
