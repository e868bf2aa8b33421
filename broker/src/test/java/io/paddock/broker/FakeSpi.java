package io.paddock.broker;

import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.remote.RemoteException.Kind;
import io.paddock.contracts.spi.AccountsRequest;
import io.paddock.contracts.spi.BindingCredentials;
import io.paddock.contracts.spi.BindingRequest;
import io.paddock.contracts.spi.DeploymentSpec;
import io.paddock.contracts.spi.DeploymentSpecRequest;
import io.paddock.contracts.spi.ObstaclesRequest;
import io.paddock.contracts.spi.RemainingAccount;
import io.paddock.contracts.spi.ServiceOffering;
import io.paddock.contracts.spi.SpiApi;
import io.paddock.contracts.spi.Verification;
import io.paddock.contracts.spi.VerificationRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** A service provider of a made-up service, "ducks": what the broker must not know cannot be in its tests either. */
public class FakeSpi implements SpiApi {

    public static final String SERVICE = "5e1f7a52-0d7b-4a6e-9c1d-3f5d5f1f0a01";
    public static final String PLAN = "5e1f7a52-0d7b-4a6e-9c1d-3f5d5f1f0a02";
    public static final String LARGER_PLAN = "5e1f7a52-0d7b-4a6e-9c1d-3f5d5f1f0a03";
    public static final String PASSWORD = "quack-quack-secret";

    public boolean away;
    /** Only for the catalog. */
    public boolean catalogAway;

    public boolean ready = true;
    /** Version of what new instances get. */
    public String release = "1.0.0";

    public Map<String, Object> inForce = Map.of();
    public Runnable duringSpec = () -> {};
    /** After the account has gone. */
    public Runnable duringUnbind = () -> {};

    /** Sentences about what prevents a restart. */
    public List<String> obstacles = List.of();

    public boolean obstaclesUnknown;

    public final Set<String> accounts = new TreeSet<>();

    /** Accounts whose access has ended, but that can't be removed. */
    public volatile List<RemainingAccount> remaining = List.of();

    public void reset() {
        away = false;
        catalogAway = false;
        ready = true;
        release = "1.0.0";
        duringSpec = () -> {};
        duringUnbind = () -> {};
        obstacles = List.of();
        obstaclesUnknown = false;
        accounts.clear();
        remaining = List.of();
    }

    @Override
    public ServiceOffering catalog() {
        if (catalogAway) {
            throw new RemoteException(Kind.UNAVAILABLE, "A part of the platform does not answer now", "refused", null);
        }
        Map<String, Object> schema = Map.of("$schema", "http://json-schema.org/draft-04/schema#", "type", "object");
        return new ServiceOffering(
                SERVICE,
                "ducks",
                "Ducks on demand",
                List.of("duck"),
                Map.of("displayName", "Ducks"),
                List.of(
                        new ServiceOffering.Plan(
                                PLAN,
                                "pond",
                                "A pond",
                                true,
                                Map.of("bullets", List.of("water")),
                                schema,
                                schema,
                                maintenance()),
                        new ServiceOffering.Plan(
                                LARGER_PLAN,
                                "lake",
                                "A lake",
                                true,
                                Map.of("bullets", List.of("water")),
                                schema,
                                schema,
                                maintenance())));
    }

    private ServiceOffering.Maintenance maintenance() {
        return new ServiceOffering.Maintenance(release, "Fresh water");
    }

    @Override
    public DeploymentSpec deploymentSpec(DeploymentSpecRequest request) {
        reachable();
        duringSpec.run();
        if (!List.of(PLAN, LARGER_PLAN).contains(request.planId())) {
            throw new RemoteException(Kind.NOT_FOUND, "There is no such plan", "404", null);
        }
        if (request.parameters().containsKey("crocodiles")) {
            throw new RemoteException(Kind.INVALID, "Invalid parameters: there are no crocodiles", "400", null);
        }
        if (LARGER_PLAN.equals(request.previousPlanId()) && PLAN.equals(request.planId())) {
            throw new RemoteException(Kind.REFUSED, "A lake does not shrink", "422", null);
        }
        String deployed = request.deployedVersions().getOrDefault("release", release);
        String version = request.upgrade() ? release : deployed;
        Map<String, Object> attributes = attributes(request.planId(), request.parameters(), version);
        boolean changed = request.previousPlanId() != null
                && !attributes.equals(attributes(request.previousPlanId(), request.previousParameters(), deployed));
        return new DeploymentSpec(
                "pond",
                attributes,
                Map.of("depth", Objects.requireNonNullElse(request.parameters().get("depth"), "2m")),
                Map.of("release", version),
                changed ? "the ducks must leave for a moment" : null,
                request.previousPlanId() != null && !request.previousPlanId().equals(request.planId())
                        ? "Count the ducks."
                        : null);
    }

    /** The size of a plan, and how many ducks it is built for. */
    private static Map<String, Object> attributes(String plan, Map<String, Object> parameters, String version) {
        return Map.of(
                "release",
                version,
                "size",
                plan.equals(LARGER_PLAN) ? 2 : 1,
                "ducks",
                Objects.requireNonNullElse(parameters.get("ducks"), 10));
    }

    @Override
    public Verification verify(String instanceId, VerificationRequest request) {
        reachable();
        if (ready) {
            inForce = request.liveSettings();
        }
        return new Verification(ready, ready ? "quack" : "no water yet");
    }

    @Override
    public List<String> obstacles(String instanceId, ObstaclesRequest request) {
        reachable();
        if (obstaclesUnknown) {
            throw new RemoteException(Kind.UNAVAILABLE, "does not answer", "cut off", null);
        }
        return obstacles;
    }

    @Override
    public BindingCredentials bind(String instanceId, String bindingId, BindingRequest request) {
        reachable();
        accounts.add(bindingId);
        return new BindingCredentials(
                Map.of("password", PASSWORD, "host", request.outputs().values().get("host")),
                List.of(new BindingCredentials.Endpoint("192.0.2.1", List.of("4711"))));
    }

    @Override
    public void unbind(String instanceId, String bindingId, BindingRequest request) {
        reachable();
        accounts.remove(bindingId);
        duringUnbind.run();
    }

    @Override
    public List<RemainingAccount> cleanUpAccounts(String instanceId, BindingRequest request) {
        reachable();
        return remaining;
    }

    @Override
    public List<String> leftoverAccounts(String instanceId, AccountsRequest request) {
        reachable();
        return accounts.stream()
                .filter(account -> !request.bindings().contains(account))
                .toList();
    }

    @Override
    public void removeAccount(String instanceId, String account, BindingRequest request) {
        reachable();
        accounts.remove(account);
    }

    private void reachable() {
        if (away) {
            throw new RemoteException(Kind.UNAVAILABLE, "A part of the platform does not answer now", "refused", null);
        }
    }
}
