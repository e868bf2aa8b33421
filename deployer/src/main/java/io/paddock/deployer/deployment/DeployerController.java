package io.paddock.deployer.deployment;

import io.paddock.contracts.Outputs;
import io.paddock.contracts.deployer.Comparison;
import io.paddock.contracts.deployer.ComparisonRequest;
import io.paddock.contracts.deployer.DeployRequest;
import io.paddock.contracts.deployer.DeployerApi;
import io.paddock.contracts.deployer.Deployment;
import io.paddock.contracts.deployer.Director;
import io.paddock.contracts.deployer.DirectorTask;
import io.paddock.contracts.deployer.Inventory;
import io.paddock.contracts.deployer.Template;
import io.paddock.deployer.director.DirectorClient;
import io.paddock.deployer.task.DirectorTasks;
import io.paddock.deployer.template.Templates;
import io.paddock.deployer.text.DeployerText;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The deployer's API; the interface describes calls and errors. */
@RestController
class DeployerController implements DeployerApi {

    private final Templates templates;
    private final Deploy deploy;
    private final DeleteDeployment deleteDeployment;
    private final ReadOutputs readOutputs;
    private final Generations generations;
    private final TakeInventory takeInventory;
    private final LookAtDirector lookAtDirector;
    private final DirectorClient director;
    private final DirectorTasks tasks;

    DeployerController(
            Templates templates,
            Deploy deploy,
            DeleteDeployment deleteDeployment,
            ReadOutputs readOutputs,
            Generations generations,
            TakeInventory takeInventory,
            LookAtDirector lookAtDirector,
            DirectorClient director,
            DirectorTasks tasks) {
        this.templates = templates;
        this.deploy = deploy;
        this.deleteDeployment = deleteDeployment;
        this.readOutputs = readOutputs;
        this.generations = generations;
        this.takeInventory = takeInventory;
        this.lookAtDirector = lookAtDirector;
        this.director = director;
        this.tasks = tasks;
    }

    @Override
    public List<Template> templates() {
        return templates.all().stream()
                .map(template -> new Template(template.name(), template.attributesSchema()))
                .toList();
    }

    @Override
    @ResponseStatus(HttpStatus.ACCEPTED)
    public DirectorTask deploy(String name, DeployRequest request) {
        return deploy.deploy(name, request);
    }

    @Override
    public Deployment deployment(String name) {
        if (director.deployment(name).isEmpty()) {
            throw DeployerText.notThere("Deployment '" + name + "'");
        }
        return new Deployment(
                name,
                generations.deployed(name).orElse(null),
                director.runningTask(name).map(tasks::describe).orElse(null),
                director.instances(name).stream()
                        .map(instance -> new Deployment.Instance(
                                instance.job(),
                                instance.index(),
                                instance.id(),
                                Objects.requireNonNullElse(instance.az(), ""),
                                Objects.requireNonNullElse(instance.ips(), List.of())))
                        .toList());
    }

    @Override
    public Outputs outputs(String name, String template) {
        return readOutputs.all(name, template);
    }

    @Override
    public Outputs secrets(String name, String template) {
        return readOutputs.secrets(name, template);
    }

    @Override
    public ResponseEntity<DirectorTask> delete(String name, String context, long generation, Instant notAfter) {
        return deleteDeployment
                .delete(name, context, generation, notAfter)
                .map(task -> ResponseEntity.accepted().body(task))
                .orElse(ResponseEntity.noContent().build());
    }

    @Override
    public DirectorTask task(long id) {
        return tasks.get(id);
    }

    @Override
    @ResponseStatus(HttpStatus.NO_CONTENT)
    public void cancelTask(long id) {
        director.cancel(id);
    }

    @Override
    public Director director() {
        return lookAtDirector.look();
    }

    @Override
    public Inventory inventory() {
        return takeInventory.inventory();
    }

    @Override
    public Comparison compare(String name, ComparisonRequest wanted) {
        return takeInventory.compare(name, wanted);
    }
}
