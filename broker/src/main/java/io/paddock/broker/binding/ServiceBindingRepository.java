package io.paddock.broker.binding;

import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;

/** Stored service bindings. */
interface ServiceBindingRepository extends JpaRepository<ServiceBinding, String> {

    /** Stores a binding without credentials, unless its id is taken. */
    @Modifying
    @Query(
            nativeQuery = true,
            value = "insert into service_binding (id, instance_id, app_id, predecessor_id, created_at)"
                    + " values (:id, :instanceId, :appId, :predecessorId, :now)"
                    + " on conflict (id) do nothing")
    void insertIfAbsent(
            String id, String instanceId, @Nullable String appId, @Nullable String predecessorId, Instant now);

    /** The binding, held against other requests until the transaction ends. */
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select binding from ServiceBinding binding where binding.id = :id")
    Optional<ServiceBinding> lock(String id);
}
