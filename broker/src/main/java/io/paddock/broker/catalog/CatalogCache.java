package io.paddock.broker.catalog;

import io.paddock.broker.remote.Interactive;
import io.paddock.broker.remote.RemoteException;
import io.paddock.contracts.spi.ServiceOffering;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The SPI's offering, asked anew beside a request when it is a minute old; while the SPI is away the last known one stands, which is stored as well. */
@Component
public class CatalogCache {

    private static final Logger LOG = LoggerFactory.getLogger(CatalogCache.class);
    private static final Duration FRESH = Duration.ofMinutes(1);
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final Interactive remote;
    private final KnownCatalog stored;
    private final Clock clock;
    private volatile @Nullable ServiceOffering known;
    private volatile Instant askAgain = Instant.MIN;
    /** Written under the lock. */
    private volatile int answers;

    CatalogCache(Interactive remote, KnownCatalog stored, Clock clock) {
        this.remote = remote;
        this.stored = stored;
        this.clock = clock;
    }

    /** @throws RemoteException if the SPI is away and has never answered */
    public ServiceOffering offering() {
        ServiceOffering last = known;
        if (last == null) {
            return first();
        }
        if (!clock.instant().isBefore(askAgain)) {
            // Nobody who wants something else waits for the catalog.
            askAgain = clock.instant().plus(RETRY);
            CompletableFuture.runAsync(this::refresh);
        }
        return last;
    }

    /** Many may wait for it at once. */
    private synchronized ServiceOffering first() {
        ServiceOffering arrived = known;
        return arrived != null ? arrived : refresh();
    }

    /**
     * The name of a plan; its id if it is not offered any more.
     *
     * @throws RemoteException if the SPI is away and has never answered
     */
    public String planName(String planId) {
        return offering().plans().stream()
                .filter(plan -> plan.id().equals(planId))
                .map(ServiceOffering.Plan::name)
                .findFirst()
                .orElse(planId);
    }

    /** Asks anew when it is wanted next. */
    public void forget() {
        known = null;
    }

    /**
     * Asks the SPI; while it is away, the last known one.
     *
     * @throws RemoteException if the SPI is away and has never answered
     */
    ServiceOffering refresh() {
        int before = answers;
        synchronized (this) {
            ServiceOffering arrived = known;
            // Whoever has waited for somebody else's question has its answer.
            return answers != before && arrived != null ? arrived : ask();
        }
    }

    private ServiceOffering ask() {
        ServiceOffering last = known;
        try {
            ServiceOffering fresh = remote.spi().catalog();
            if (!fresh.equals(last)) {
                stored.keep(fresh);
            }
            known = fresh;
            answers++;
            askAgain = clock.instant().plus(FRESH);
            return fresh;
        } catch (RemoteException away) {
            ServiceOffering remembered = last == null ? stored.read().orElseThrow(() -> away) : last;
            LOG.warn("the catalog is the last known one: {}", away.getMessage());
            known = remembered;
            answers++;
            askAgain = clock.instant().plus(RETRY);
            return remembered;
        }
    }
}
