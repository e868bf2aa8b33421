package io.paddock.contracts.deployer;

import io.paddock.contracts.Outputs;
import java.time.Instant;
import java.util.List;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.service.annotation.DeleteExchange;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.annotation.PutExchange;

/**
 * The deployer: renders templates and drives the director. It keeps no state, so every call may be repeated.
 *
 * <p>Errors are {@link io.paddock.contracts.Problem}s: 404 unknown template, deployment or task; 409 when another task works on
 * the deployment (repeat later); 410 when the caller's lease ran out before the director was asked; 412 when a newer
 * generation is deployed; 422 when attributes are refused; 503 when the director can't be reached or does not answer sensibly
 * (repeat later).
 */
@HttpExchange("/v1")
public interface DeployerApi {

    @GetExchange("/templates")
    List<Template> templates();

    /** Starts a deployment, or finds the task that an earlier call with the same context started. Answers 202. */
    @PutExchange("/deployments/{name}")
    DirectorTask deploy(@PathVariable String name, @RequestBody DeployRequest request);

    /** What the director knows of a deployment: its generation, its running task, its instances. */
    @GetExchange("/deployments/{name}")
    Deployment deployment(@PathVariable String name);

    /** What the deployment tells its user; asks director and config server. */
    @GetExchange("/deployments/{name}/outputs")
    Outputs outputs(@PathVariable String name, @RequestParam String template);

    /** The secret part of the outputs alone: works while the director is away, since only the config server is asked. */
    @GetExchange("/deployments/{name}/secrets")
    Outputs secrets(@PathVariable String name, @RequestParam String template);

    /**
     * Takes the next step towards an absent deployment: cancels the task that works on it, or deletes it, or removes its variables.
     * 202 with the task to await before the next call; 204 when nothing is left.
     *
     * @param context at most 64 characters: names the attempt to the director
     * @param generation of the deletion; a deployment of a higher one is not touched, 412
     * @param notAfter end of the caller's lease: past it the director is not asked any more, 410
     */
    @DeleteExchange("/deployments/{name}")
    ResponseEntity<DirectorTask> delete(
            @PathVariable String name,
            @RequestParam String context,
            @RequestParam long generation,
            @RequestParam Instant notAfter);

    /** One task of the director with what it has done so far. */
    @GetExchange("/tasks/{id}")
    DirectorTask task(@PathVariable long id);

    /** Asks a task to end; one that has ended is fine. What it leaves is half of what was and half of what should be. */
    @DeleteExchange("/tasks/{id}")
    void cancelTask(@PathVariable long id);

    /** Asks director and config server whether they answer, and let the deployer's client in. */
    @GetExchange("/director")
    Director director();

    /** All that is at the director and in the config server, for whoever looks for what nobody wants any more. */
    @GetExchange("/inventory")
    Inventory inventory();

    /** Compares what is deployed with what should be; changes nothing. */
    @PostExchange("/deployments/{name}/comparison")
    Comparison compare(@PathVariable String name, @RequestBody ComparisonRequest wanted);
}
