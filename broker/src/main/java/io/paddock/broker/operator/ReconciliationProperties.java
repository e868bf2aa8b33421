package io.paddock.broker.operator;

import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * @param interval between two comparisons of what is wanted with what there is, which change nothing
 * @param retry after one that could not be made
 */
@Validated
@ConfigurationProperties("broker.reconciliation")
record ReconciliationProperties(
        @NotNull @DefaultValue("6h") Duration interval,
        @NotNull @DefaultValue("10m") Duration retry) {}
