namespace Mesh.Config;
