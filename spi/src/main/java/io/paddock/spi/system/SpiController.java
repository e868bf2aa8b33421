package io.paddock.spi.system;

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
import io.paddock.spi.credential.Bind;
import io.paddock.spi.health.FindObstacles;
import io.paddock.spi.health.VerifyInstance;
import io.paddock.spi.plan.DescribeOffering;
import io.paddock.spi.plan.SpecifyDeployment;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The service provider interface; its interface describes calls and errors. */
@RestController
class SpiController implements SpiApi {

    private final DescribeOffering describeOffering;
    private final SpecifyDeployment specifyDeployment;
    private final VerifyInstance verifyInstance;
    private final FindObstacles findObstacles;
    private final Bind bind;

    SpiController(
            DescribeOffering describeOffering,
            SpecifyDeployment specifyDeployment,
            VerifyInstance verifyInstance,
            FindObstacles findObstacles,
            Bind bind) {
        this.describeOffering = describeOffering;
        this.specifyDeployment = specifyDeployment;
        this.verifyInstance = verifyInstance;
        this.findObstacles = findObstacles;
        this.bind = bind;
    }

    @Override
    public ServiceOffering catalog() {
        return describeOffering.describe();
    }

    @Override
    public DeploymentSpec deploymentSpec(DeploymentSpecRequest request) {
        return specifyDeployment.specify(request);
    }

    @Override
    public Verification verify(String instanceId, VerificationRequest request) {
        return verifyInstance.verify(instanceId, request);
    }

    @Override
    public List<String> obstacles(String instanceId, ObstaclesRequest request) {
        return findObstacles.find(instanceId, request);
    }

    @Override
    public BindingCredentials bind(String instanceId, String bindingId, BindingRequest request) {
        return bind.bind(instanceId, bindingId, request);
    }

    @Override
    @ResponseStatus(HttpStatus.NO_CONTENT)
    public void unbind(String instanceId, String bindingId, BindingRequest request) {
        bind.unbind(instanceId, bindingId, request);
    }

    @Override
    public List<String> leftoverAccounts(String instanceId, AccountsRequest request) {
        return bind.leftover(instanceId, request);
    }

    @Override
    public List<RemainingAccount> cleanUpAccounts(String instanceId, BindingRequest request) {
        return bind.cleanUp(instanceId, request);
    }

    @Override
    @ResponseStatus(HttpStatus.NO_CONTENT)
    public void removeAccount(String instanceId, String account, BindingRequest request) {
        bind.removeAccount(instanceId, account, request);
    }
}
