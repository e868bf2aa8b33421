package io.paddock.broker.operation;

import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;

/** Stored operations. */
public interface OperationRepository extends JpaRepository<Operation, UUID> {

    Optional<Operation> findFirstByInstanceIdAndStateOrderByGenerationDesc(String instanceId, Operation.State state);

    Optional<Operation> findFirstByInstanceIdOrderByGenerationDesc(String instanceId);
}
