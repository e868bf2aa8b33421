package io.paddock.broker.binding;

import io.paddock.broker.instance.ServiceInstance;
import io.paddock.broker.remote.Interactive;
import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.contracts.Outputs;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Lets one request at a time work on a binding's account, for as long as its platform waits at most. The service provider is told the
 * end as well and changes nothing past it, so that a request that was given up on can't change a password behind its successor's back.
 */
@Component
class BindingClaim {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final ServiceBindingRepository bindings;
    private final Interactive remote;
    private final TransactionTemplate transaction;
    private final Clock clock;

    BindingClaim(ServiceBindingRepository bindings, Interactive remote, TransactionTemplate transaction, Clock clock) {
        this.bindings = bindings;
        this.remote = remote;
        this.transaction = transaction;
        this.clock = clock;
    }

    /**
     * Claims a locked binding for the caller.
     *
     * @return until when
     * @throws RefusedException 422 while another request has it
     */
    Instant claim(ServiceBinding binding) {
        Instant now = clock.instant();
        if (binding.isBusy(now)) {
            throw new RefusedException(Refusal.BINDING_BUSY, binding.secondsBusy(now));
        }
        Instant until = now.plus(PATIENCE).truncatedTo(ChronoUnit.MILLIS);
        binding.occupy(until);
        return until;
    }

    /** What the service provider must know of the instance; the claim is given back if the secrets can't be read. */
    Outputs outputs(ServiceInstance instance, String bindingId, Instant until) {
        try {
            return instance.outputs()
                    .withSecrets(remote.deployer()
                            .secrets(instance.deployment(), instance.template())
                            .secrets());
        } catch (RemoteException failure) {
            release(bindingId, until);
            throw failure;
        }
    }

    /** Gives a claim back before its end if nothing that was begun with it can still be at work. */
    void releaseIfEnded(String bindingId, Instant until, RemoteException failure) {
        if (failure.isAnswered()) {
            release(bindingId, until);
        }
    }

    /** Gives a claim back before its end, when nothing was begun with it. */
    private void release(String bindingId, Instant until) {
        transaction.executeWithoutResult(status -> bindings.lock(bindingId)
                .filter(binding -> binding.isOccupiedBy(until))
                .ifPresent(ServiceBinding::release));
    }
}
