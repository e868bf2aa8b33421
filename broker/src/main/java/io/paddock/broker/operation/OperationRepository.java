package io.paddock.broker.operation;

import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;
import org.springframework.transaction.annotation.Transactional;

/** Stored operations. */
public interface OperationRepository extends JpaRepository<Operation, UUID> {

    Optional<Operation> findFirstByInstanceIdAndStateOrderByGenerationDesc(String instanceId, Operation.State state);

    Optional<Operation> findFirstByInstanceIdOrderByGenerationDesc(String instanceId);

    /** Whether nothing else has been done with its instance since. */
    default boolean isLast(Operation operation) {
        return findFirstByInstanceIdOrderByGenerationDesc(operation.instanceId())
                .filter(last -> last.id().equals(operation.id()))
                .isPresent();
    }

    /** The last one that the platform has asked for. */
    Optional<Operation> findFirstByInstanceIdAndRequestedTrueOrderByGenerationDesc(String instanceId);

    boolean existsByDeploymentAndState(String deployment, Operation.State state);

    /**
     * From now on generations are higher than that: what was deployed by a state database that was lost may have any. The margin is for those
     * that others take at the same moment: no number is given twice.
     */
    @Transactional
    @Query(
            nativeQuery = true,
            value = "select setval(pg_get_serial_sequence('operation', 'generation'), :generation + 1000)"
                    + " from operation_generation_seq where last_value < :generation")
    Optional<Long> raiseGeneration(long generation);
}
