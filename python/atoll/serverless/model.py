"""What atoll reads of `serverless.yml`, as typed values, and the keys that it knows and leaves alone."""

from typing import Annotated, Any

from msgspec import Struct, field

from atoll.manifest.fields import Doc


def named(words: str) -> frozenset[str]:
    """Names that are parted by spaces."""
    return frozenset(words.split())


IGNORED = {
    "": named(
        "app build configValidationMode configurationVersion console dashboard deprecationNotificationMode "
        "disabledDeprecations enableLocalInstallationFallback frameworkVersion layers licenseKey org outputs "
        "package params plugins projectDir resources stages tenant unresolvedVariablesNotificationMode "
        "useDotenv variablesResolutionMode"
    ),
    "provider": named(
        "alb apiGateway apiKeys apiName architecture cfLogs cfnRole cloudFront credentials deploymentBucket "
        "deploymentMethod deploymentPrefix disableDefaultOutputExportNames disableRollback ecr endpointType "
        "eventBridge iam iamManagedPolicies iamRoleStatements kmsKeyArn lambdaHashingVersion layers "
        "logDataProtectionPolicy logRetentionInDays logs memory notificationArns onError profile project "
        "recursiveLoopDetection region resolver resourcePolicy role rolePermissionsBoundary "
        "rollbackConfiguration s3 snapStart stackName stackParams stackPolicy stackTags stage tags tracing "
        "tracingConfig usagePlan versionFunctions vpc vpcConnectorOptions websocketsApiName "
        "websocketsApiRouteSelectionExpression websocketsDescription"
    ),
    "function": named(
        "architecture awsKmsKeyArn condition dependsOn destinations disableLogs ephemeralStorageSize "
        "fileSystemConfig iamRoleStatements iamRoleStatementsName inheritTags kmsKeyArn layers "
        "logDataProtectionPolicy logRetentionInDays logs maximumEventAge maximumRetryAttempts memory name "
        "onError provisionedConcurrency role snapStart tags tracing versionFunction vpc warmup"
    ),
    "package": named("exclude excludeDevDependencies include individually patterns"),
    "event": named("documentation operationId reqValidatorName request response"),
}
"""Keys that say how a cloud deploys, bills or documents; by where they stand."""

TOP = ("service", "provider", "functions", "custom")


class HttpApi(Struct, kw_only=True, rename="camel"):
    """`provider.httpApi`: what holds for all `httpApi` events."""

    cors: Annotated[Any, Doc("Answers to browsers of other origins.")] = None
    payload: Annotated[str | float | None, Doc("Version of the events: `1.0` or `2.0`.")] = None


class Provider(Struct, kw_only=True, rename="camel"):
    """`provider`: what holds for all functions."""

    name: Annotated[str, Doc("The cloud; it has no effect.")] = "aws"
    runtime: Annotated[str | None, Doc("Runtime of the functions.")] = None
    environment: Annotated[dict[str, Any], Doc("Environment variables.")] = field(default_factory=dict)
    timeout: Annotated[float | None, Doc("Seconds that a call may take.")] = None
    memory_size: Annotated[int | None, Doc("Megabytes of memory.")] = None
    http_api: Annotated[HttpApi, Doc("Settings of HTTP APIs.")] = field(default_factory=HttpApi)


class Package(Struct, kw_only=True):
    """`package` of a function."""

    artifact: Annotated[str | None, Doc("The function's file.")] = None


class Function(Struct, kw_only=True, rename="camel"):
    """One of `functions`."""

    handler: Annotated[str | None, Doc("The wasm file, or file and function as `file.function`.")] = None
    runtime: Annotated[str | None, Doc("Its runtime.")] = None
    description: Annotated[str, Doc("What it is for.")] = ""
    environment: Annotated[dict[str, Any], Doc("Environment variables.")] = field(default_factory=dict)
    timeout: Annotated[float | None, Doc("Seconds that a call may take.")] = None
    memory_size: Annotated[int | None, Doc("Megabytes of memory.")] = None
    reserved_concurrency: Annotated[int | None, Doc("Calls at the same time.")] = None
    package: Annotated[Package, Doc("Where its file is.")] = field(default_factory=Package)
    events: Annotated[list[Any], Doc("What calls it.")] = field(default_factory=list)


class Cors(Struct, kw_only=True, rename="camel"):
    """What browsers of other origins may do."""

    origins: list[str] = field(default_factory=lambda: ["*"])
    headers: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    allow_credentials: bool = False
    exposed: list[str] = field(default_factory=list)
    max_age: int | None = None


class Own(Struct, kw_only=True):
    """`custom.atoll`: what the file has no other word for, with the keys of `spin.toml`."""

    application: Annotated[dict[str, Any], Doc("Keys of [application.tool.atoll].")] = field(default_factory=dict)
    functions: Annotated[dict[str, dict[str, Any]], Doc("Keys of [component.X], by function.")] = field(
        default_factory=dict
    )
