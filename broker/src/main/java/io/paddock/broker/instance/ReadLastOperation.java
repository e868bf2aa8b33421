package io.paddock.broker.instance;

import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Answers the poll (OSB 2.17, Polling Last Operation): reads one row and changes nothing. Rows outlive their instances. */
@Component
public class ReadLastOperation {

    private final OperationRepository operations;

    ReadLastOperation(OperationRepository operations) {
        this.operations = operations;
    }

    /**
     * @param operation the id that the operation was accepted with, if the platform sends it; else it is the last one that it asked for, not what
     *     the broker does on its own, such as removing what a failed creation has made
     * @throws RefusedException 404 for an instance or an operation of it that was never heard of
     */
    public Operation read(String instanceId, Optional<String> operation) {
        if (operation.isEmpty()) {
            return operations
                    .findFirstByInstanceIdAndRequestedTrueOrderByGenerationDesc(instanceId)
                    .orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_INSTANCE));
        }
        return operation
                .flatMap(ReadLastOperation::uuid)
                .flatMap(operations::findById)
                .filter(found -> found.instanceId().equals(instanceId))
                .orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_OPERATION_OF_INSTANCE));
    }

    private static Optional<UUID> uuid(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException notAnId) {
            return Optional.empty();
        }
    }
}
