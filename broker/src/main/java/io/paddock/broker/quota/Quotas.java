package io.paddock.broker.quota;

import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Refuses what would be more than a quota allows. Asked in the transaction that stores the instance or the operation, and one transaction at a
 * time: two requests can't both take the last place. What is in flight counts as what it will be.
 */
@Component
public class Quotas {

    private static final Logger LOG = LoggerFactory.getLogger(Quotas.class);

    /** Of the advisory lock under which is counted. */
    private static final long LOCK = 0x70616464_71756f74L;

    private static final String ALL = "select count(*) from service_instance";
    private static final String OF_ORGANIZATION = ALL + " where organization_id = ?";
    private static final String OF_PLAN = "select count(*) from service_instance instance left join operation"
            + " on operation.instance_id = instance.id and operation.state = 'IN_PROGRESS' and operation.type = 'UPDATE'"
            + " where instance.plan_id = ? or operation.plan_id = ?";

    private final JdbcTemplate database;
    private final QuotaProperties properties;

    Quotas(JdbcTemplate database, QuotaProperties properties) {
        this.database = database;
        this.properties = properties;
    }

    /**
     * For one more instance.
     *
     * @throws RefusedException 400: Cloud Controller would take a 422 as an orphan
     */
    public void checkCreate(String planId, String planName, String organizationId) {
        checkPlan(planId, planName, Refusal.QUOTA_USED_UP);
        int ofOrganization =
                properties.organizations().getOrDefault(organizationId, properties.instancesPerOrganization());
        check(ofOrganization, "of this organization", Refusal.QUOTA_USED_UP, OF_ORGANIZATION, organizationId);
        check(properties.instances(), "of all organizations", Refusal.QUOTA_USED_UP, ALL);
    }

    /**
     * For an instance that changes to another plan.
     *
     * @throws RefusedException 422 (OSB 2.17, Updating a Service Instance)
     */
    public void checkChange(String planId, String planName) {
        checkPlan(planId, planName, Refusal.QUOTA_OF_PLAN_USED_UP);
    }

    private void checkPlan(String planId, String planName, Refusal refusal) {
        check(
                properties.plans().getOrDefault(planName, -1),
                "of plan '" + planName + "'",
                refusal,
                OF_PLAN,
                planId,
                planId);
    }

    private void check(int limit, String what, Refusal refusal, String count, Object... arguments) {
        if (limit < 0) {
            return;
        }
        // Until the end of the transaction.
        database.queryForList("select pg_advisory_xact_lock(?)", LOCK);
        long used = database.queryForObject(count, Long.class, arguments);
        if (used >= limit) {
            LOG.info("refused by the quota {}: limit {}, used {}", what, limit, used);
            throw new RefusedException(refusal, what, limit, used);
        }
    }
}
