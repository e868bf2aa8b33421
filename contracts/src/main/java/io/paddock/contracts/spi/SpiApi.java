package io.paddock.contracts.spi;

import java.util.List;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.service.annotation.DeleteExchange;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.annotation.PutExchange;

/**
 * The service provider interface: all that the broker asks a data service. Every call may be repeated. The service keeps no
 * state: what it must know is in the request, or in the database that it administers.
 *
 * <p>Errors are {@link io.paddock.contracts.Problem}s: 400 for what can never be right, 404 for an unknown plan, 422 for a request that is
 * refused as things are (the details of all are shown to the user), 503 when the database can't be reached now.
 */
@HttpExchange("/v1")
public interface SpiApi {

    @GetExchange("/catalog")
    ServiceOffering catalog();

    /**
     * Turns a plan and parameters into what the deployer needs; 400 that names each parameter at fault. With a previous plan it is
     * an update, and a change of plan that is not possible is a 422.
     */
    @PostExchange("/deployment-specs")
    DeploymentSpec deploymentSpec(@RequestBody DeploymentSpecRequest request);

    /**
     * Brings the running data service into the state that bindings need (live settings among it) and checks that it really
     * answers. A service that is not ready yet is a {@link Verification} that says so, not an error; 410 when
     * the caller's lease ran out.
     */
    @PostExchange("/instances/{instanceId}/verification")
    Verification verify(@PathVariable String instanceId, @RequestBody VerificationRequest request);

    /**
     * Asks the running service what stands in the way of a restart with these attributes: sentences for its user, none if nothing does. Changes
     * nothing. 503 if it can't be asked.
     */
    @PostExchange("/instances/{instanceId}/obstacles")
    List<String> obstacles(@PathVariable String instanceId, @RequestBody ObstaclesRequest request);

    /** Creates the binding's account. Repeated, it gives the same account a new password. 503 if the database is away. */
    @PutExchange("/instances/{instanceId}/bindings/{bindingId}")
    BindingCredentials bind(
            @PathVariable String instanceId, @PathVariable String bindingId, @RequestBody BindingRequest request);

    /**
     * Ends the account's access, whatever the application does, and removes it if nothing is in the way of that; what it created stays. An
     * absent account is fine. 503 if the database is away, or the access could not be ended in time.
     */
    @DeleteExchange("/instances/{instanceId}/bindings/{bindingId}")
    void unbind(@PathVariable String instanceId, @PathVariable String bindingId, @RequestBody BindingRequest request);

    /** Names of accounts that look like those of bindings, but are of none of the given ones; changes nothing. 503 if the database is away. */
    @PostExchange("/instances/{instanceId}/accounts/leftover")
    List<String> leftoverAccounts(@PathVariable String instanceId, @RequestBody AccountsRequest request);

    /** Goes on, until the caller's patience ends, with accounts that could not be removed when their access ended; answers those that remain. */
    @PostExchange("/instances/{instanceId}/accounts/clean-up")
    List<RemainingAccount> cleanUpAccounts(@PathVariable String instanceId, @RequestBody BindingRequest request);

    /** Removes such an account like that of a binding; 404 for an account that is no binding's, 503 if the database is away. */
    @DeleteExchange("/instances/{instanceId}/accounts/{account}")
    void removeAccount(
            @PathVariable String instanceId, @PathVariable String account, @RequestBody BindingRequest request);
}
