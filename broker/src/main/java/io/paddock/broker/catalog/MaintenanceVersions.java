package io.paddock.broker.catalog;

import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.contracts.spi.ServiceOffering;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Compares what platforms say of a plan's maintenance with the catalog (OSB 2.17, Provisioning and Updating, {@code maintenance_info}). */
@Component
public class MaintenanceVersions {

    private final CatalogCache catalog;

    MaintenanceVersions(CatalogCache catalog) {
        this.catalog = catalog;
    }

    /**
     * @param given by the platform
     * @throws RefusedException 422 MaintenanceInfoConflict if it is not the catalog's
     */
    public void check(String planId, Optional<String> given) {
        // A replica that nobody asked for a while knows an old catalog.
        if (given.isPresent() && !given.equals(of(planId)) && !given.equals(in(catalog.refresh(), planId))) {
            throw new RefusedException(Refusal.MAINTENANCE_CHANGED);
        }
    }

    /** What an instance of the plan gets that is made or upgraded now; empty if the plan is not offered, or has no upgrades. */
    public Optional<String> of(String planId) {
        return in(catalog.offering(), planId);
    }

    private static Optional<String> in(ServiceOffering offering, String planId) {
        return offering.plans().stream()
                .filter(plan -> plan.id().equals(planId))
                .flatMap(plan -> Optional.ofNullable(plan.maintenance()).stream())
                .map(ServiceOffering.Maintenance::version)
                .findFirst();
    }
}
