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

    /** Plans of stored instances, which the catalog may not have any more. */
    @Query("select distinct instance.planId from ServiceInstance instance where instance.serviceId = :serviceId")
    List<String> plansInUse(String serviceId);
}
